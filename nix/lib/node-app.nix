# A Node.js program with its locked dependencies, for the CPU of `pkgs`; docs/nix-library.md tells what each argument is.
#
# Three derivations, so that each is built anew only by what it is made of: the dependencies that run, by the lock file; those that build,
# by the lock file too; the program, by its sources.
{ pkgs
, name
, version
, src
, main
, lockFile ? src + "/package-lock.json"
, packageFile ? src + "/package.json"
, buildScript ? null
, files ? null
, nodejs ? pkgs.nodejs
, nodeHeaders ? pkgs.lib.getDev nodejs
, buildNodejs ? pkgs.buildPackages.nodejs
, nativeBuildInputs ? [ ]
, buildInputs ? [ ]
, env ? { }
}:
let
  inherit (pkgs) lib;
  build = pkgs.buildPackages;
  fail = problem: throw "cross-build: ${name}: ${problem}";

  lock = builtins.fromJSON (builtins.readFile lockFile);
  manifest = builtins.fromJSON (builtins.readFile packageFile);
  # What npm compares with the lock file; the rest of package.json changes nothing of the dependencies.
  dependencyFields = lib.genAttrs
    [ "dependencies" "devDependencies" "optionalDependencies" "peerDependencies" "peerDependenciesMeta" "bundleDependencies" "overrides" ]
    (_: null);
  dependenciesOf = set: builtins.intersectAttrs dependencyFields set;

  packages =
    if !(lock ? packages) then fail "the lock file is of npm 6 or older: run `npm install --package-lock-only` with a newer one"
    else removeAttrs lock.packages [ "" ];

  # An alias is in another folder than its name tells.
  nameOf = path: entry: entry.name or (lib.last (lib.splitString "node_modules/" path));

  # npm leaves the URL out of the lock file where `omit-lockfile-registry-resolved` is set.
  locate = path: entry:
    let
      package = nameOf path entry;
      registry = "https://registry.npmjs.org/${package}/-/${baseNameOf package}-${entry.version}.tgz";
      url = entry.resolved or registry;
    in
    if entry.link or false || !(lib.hasPrefix "http" url)
    then fail "the dependency ${path} is not of a registry (${entry.resolved or "a workspace"}): publish it, or give its files with `src`"
    else if !(entry ? integrity) then fail "the lock file has no integrity for ${path}: run `npm install --package-lock-only`"
    else entry // { resolved = url; };
  located = lib.mapAttrs (path: entry: if entry.inBundle or false then entry else locate path entry) packages;

  # As npm decides it: of each list one has to be named, and none excluded by `!`.
  isFor = platform: entry:
    let
      allows = list: value:
        !(builtins.elem "!${value}" list)
        && (builtins.elem value list || builtins.all (lib.hasPrefix "!") list);
    in
    allows (entry.os or [ ]) platform.os && allows (entry.cpu or [ ]) platform.cpu && allows (entry.libc or [ ]) platform.libc;

  tarballsOf = isTaken: lib.mapAttrsToList
    (path: entry: rec {
      integrity = builtins.head (lib.splitString " " entry.integrity);
      tarball = pkgs.fetchurl {
        url = entry.resolved;
        hash = integrity;
        name = lib.replaceStrings [ "@" "/" "~" ] [ "" "-" "-" ] "${nameOf path entry}-${entry.version}.tgz";
      };
    })
    (lib.filterAttrs (_: entry: !(entry.inBundle or false) && isTaken entry) located);

  # `set` is where they run: the target, or the machine that builds.
  installModules = { set, node, headers, isRuntime }:
    let
      platform = set.stdenv.hostPlatform;
      inherit (platform.node) arch;
      wanted = { os = platform.node.platform; cpu = arch; libc = if platform.isMusl then "musl" else "glibc"; };
      libraryPath = lib.makeLibraryPath ([ set.stdenv.cc.libc set.stdenv.cc.cc ] ++ buildInputs);
    in
    set.stdenv.mkDerivation {
      name = "${name}-${if isRuntime then "modules" else "build-modules"}";
      strictDeps = true;
      dontUnpack = true;
      dontConfigure = true;
      dontStrip = true;
      nativeBuildInputs = [ buildNodejs build.python3 build.patchelf ] ++ nativeBuildInputs;
      # The shebangs of installed programs are this one's.
      buildInputs = [ node ] ++ buildInputs;
      lock = builtins.toJSON {
        lockfileVersion = 3;
        packages = located // { "" = dependenciesOf (lock.packages."" or { }); };
      };
      manifest = builtins.toJSON (dependenciesOf manifest);
      tarballs = builtins.toJSON (tarballsOf (entry: isFor wanted entry && !(isRuntime && entry.dev or false)));
      passAsFile = [ "lock" "manifest" "tarballs" ];
      env = {
        npm_config_offline = "true";
        npm_config_audit = "false";
        npm_config_fund = "false";
        npm_config_update_notifier = "false";
        # Which of the packages for one platform alone are taken.
        npm_config_os = wanted.os;
        npm_config_cpu = wanted.cpu;
        npm_config_libc = wanted.libc;
        # For what node-gyp compiles, and what looks for binaries that are compiled already.
        npm_config_platform = wanted.os;
        npm_config_arch = arch;
        npm_config_build_from_source = "true";
        npm_config_nodedir = "${headers}";
      }
      // env;
      buildPhase = ''
        runHook preBuild
        export HOME=$TMPDIR npm_config_cache=$TMPDIR/npm
        cp "$lockPath" package-lock.json
        cp "$manifestPath" package.json
        node ${./npm-cache.mjs} "$tarballsPath" "$npm_config_cache"
        npm ci --ignore-scripts ${lib.optionalString isRuntime "--omit=dev"}
        mkdir -p node_modules
        # Install scripts run here, with this machine's interpreters.
        patchShebangs --build node_modules
        npm rebuild --foreground-scripts
        patchShebangs --update --host node_modules
        runHook postBuild
      '';
      # What node-gyp leaves beside the module names the compilers.
      installPhase = ''
        runHook preInstall
        find node_modules -path '*/build/*' \( -name '*.mk' -o -name Makefile -o -name config.gypi -o -name '.deps' -o -name obj.target -o -name '*.Makefile' \) -prune -exec rm -rf {} +
        find node_modules -path '*/prebuilds/*' -type d -prune ! -name '*${wanted.os}-${arch}*' -exec rm -rf {} +
        find node_modules -name '*.node' -type f -exec $STRIP -S {} \;
        ${lib.optionalString isRuntime "python3 ${./checks}/tree.py node_modules ${platform.system}"}
        ${lib.optionalString platform.isLinux ''
          # Modules that came compiled look for libraries where other systems have them.
          find node_modules -name '*.node' -type f | while IFS= read -r module; do
            [ -n "$(patchelf --print-rpath "$module")" ] || patchelf --set-rpath '$ORIGIN:${libraryPath}' "$module"
          done
        ''}
        mkdir $out
        mv node_modules $out/
        runHook postInstall
      '';
    };

  modules = installModules { set = pkgs; node = nodejs; headers = nodeHeaders; isRuntime = true; };
  buildModules = installModules { set = build; node = buildNodejs; headers = lib.getDev buildNodejs; isRuntime = false; };

  app = pkgs.stdenv.mkDerivation {
    pname = name;
    inherit version src;
    strictDeps = true;
    dontConfigure = true;
    dontStrip = true;
    nativeBuildInputs = [ buildNodejs ];
    buildInputs = [ nodejs ];
    dontBuild = buildScript == null;
    buildPhase = ''
      runHook preBuild
      export HOME=$TMPDIR
      rm -rf node_modules
      ln -s ${buildModules}/node_modules node_modules
      npm run ${lib.escapeShellArg buildScript}
      runHook postBuild
    '';
    installPhase = ''
      runHook preInstall
      rm -rf node_modules
      folder=$out/lib/${name}
      mkdir -p $folder
      cp -r ${if files == null then "." else lib.escapeShellArgs files} $folder/
      [ -e $folder/${lib.escapeShellArg main} ] || { echo "cross-build: ${name}: there is no ${main} once it is built" >&2; exit 1; }
      ln -s ${modules}/node_modules $folder/node_modules
      runHook postInstall
    '';
    passthru = {
      inherit modules buildModules;
      # The words to start it by, for an image's `entrypoint`.
      entrypoint = [ "${nodejs}/bin/node" "${app}/lib/${name}/${main}" ];
    };
  };
in
app
