# A Node.js program with its locked dependencies, for the CPU of `pkgs`. docs/nix-library.md has the
# arguments.
#
# There are three derivations, so that a change of the sources does not install the dependencies again: the
# runtime dependencies and the build dependencies, made from the lock file, and the program, made from its
# sources.
{ pkgs
, targetPkgs ? pkgs
, name
, version
, src
, main
, lockFile ? src + "/package-lock.json"
, packageFile ? src + "/package.json"
, buildScript ? null
, files ? null
, nodejs ? targetPkgs.nodejs
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
  # The fields that npm compares with the lock file. The others do not affect the dependencies.
  dependencyFields = lib.genAttrs
    [
      "dependencies"
      "devDependencies"
      "optionalDependencies"
      "peerDependencies"
      "peerDependenciesMeta"
      "bundleDependencies"
      "overrides"
    ]
    (_: null);
  dependenciesOf = set: builtins.intersectAttrs dependencyFields set;

  packages =
    if !(lock ? packages) then
      fail "npm 6 or older wrote the lock file: run `npm install --package-lock-only` with npm 7 or newer"
    else removeAttrs lock.packages [ "" ];

  # The folder of an aliased package has the alias as its name; the entry has the name in the registry.
  nameOf = path: entry: entry.name or (lib.last (lib.splitString "node_modules/" path));

  # With `omit-lockfile-registry-resolved`, npm leaves the URLs out of the lock file.
  locate = path: entry:
    let
      package = nameOf path entry;
      registry = "https://registry.npmjs.org/${package}/-/${baseNameOf package}-${entry.version}.tgz";
      url = entry.resolved or registry;
    in
    if entry.link or false || !(lib.hasPrefix "http" url)
    then
      fail (
        "the dependency ${path} does not come from a registry (${entry.resolved or "a workspace"}): "
        + "publish it, or include its files in `src`"
      )
    else if !(entry ? integrity) then
      fail "the lock file has no integrity for ${path}: run `npm install --package-lock-only`"
    else entry // { resolved = url; };
  located = lib.mapAttrs (path: entry: if entry.inBundle or false then entry else locate path entry) packages;

  # npm's rule: a list allows the values that it names, and one with only exclusions (`!win32`) all others.
  isFor = platform: entry:
    let
      allows = list: value:
        !(builtins.elem "!${value}" list)
        && (builtins.elem value list || builtins.all (lib.hasPrefix "!") list);
    in
    allows (entry.os or [ ]) platform.os
    && allows (entry.cpu or [ ]) platform.cpu
    && allows (entry.libc or [ ]) platform.libc;

  # npm looks for a tarball by the strongest hash of its list, and its list may begin with a weak one.
  # @see https://github.com/npm/ssri, pickAlgorithm
  strongestOf = path: entry:
    let
      hashes = builtins.filter (hash: hash != "") (lib.splitString " " entry.integrity);
      by = algorithm: builtins.filter (lib.hasPrefix "${algorithm}-") hashes;
      found = builtins.concatMap by [ "sha512" "sha384" "sha256" "sha1" ];
      # A hash may end with options, such as `?a`.
      strongest = builtins.head (lib.splitString "?" (builtins.head found));
    in
    if found == [ ] || lib.hasPrefix "sha384-" strongest
    then fail "the lock file has no hash for ${path} that Nix can check: ${entry.integrity}"
    else strongest;

  tarballsOf = isTaken: lib.mapAttrsToList
    (path: entry: rec {
      integrity = strongestOf path entry;
      tarball = pkgs.fetchurl {
        url = entry.resolved;
        hash = integrity;
        name = lib.replaceStrings [ "@" "/" "~" ] [ "" "-" "-" ] "${nameOf path entry}-${entry.version}.tgz";
      };
    })
    (lib.filterAttrs (_: entry: !(entry.inBundle or false) && isTaken entry) located);

  # `set` is the package set of the platform that the modules run on: the target's or the build platform's.
  # `libraries` is the package set whose C libraries `node` has.
  installModules = { set, libraries, node, headers, isRuntime }:
    let
      platform = set.stdenv.hostPlatform;
      inherit (platform.node) arch;
      wanted = {
        os = platform.node.platform;
        cpu = arch;
        libc = if platform.isMusl then "musl" else "glibc";
      };
      isTaken = entry: isFor wanted entry && !(isRuntime && entry.dev or false);
      # Only install scripts need a compiler. Without them, a cross build does not need a cross compiler.
      isCompiled = builtins.any
        (entry: isTaken entry && entry.hasInstallScript or false)
        (builtins.attrValues located);
      libraryPath = lib.makeLibraryPath (
        [ libraries.stdenv.cc.libc libraries.stdenv.cc.cc ] ++ buildInputs
      );
    in
    (if isCompiled then set.stdenv else set.stdenvNoCC).mkDerivation {
      name = "${name}-${if isRuntime then "modules" else "build-modules"}";
      strictDeps = true;
      dontUnpack = true;
      dontConfigure = true;
      dontStrip = true;
      nativeBuildInputs = [ buildNodejs build.python3 build.patchelf ] ++ nativeBuildInputs;
      # patchShebangs finds the Node.js here that the installed programs start with.
      buildInputs = [ node ] ++ buildInputs;
      lock = builtins.toJSON {
        lockfileVersion = 3;
        packages = located // { "" = dependenciesOf (lock.packages."" or { }); };
      };
      manifest = builtins.toJSON (dependenciesOf manifest);
      tarballs = builtins.toJSON (tarballsOf isTaken);
      passAsFile = [ "lock" "manifest" "tarballs" ];
      env = {
        npm_config_offline = "true";
        npm_config_audit = "false";
        npm_config_fund = "false";
        npm_config_update_notifier = "false";
        # npm installs the platform-specific packages for these values.
        npm_config_os = wanted.os;
        npm_config_cpu = wanted.cpu;
        npm_config_libc = wanted.libc;
        # For node-gyp, and for install scripts that look for prebuilt binaries.
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
      # node-gyp leaves files beside its modules that refer to the compilers. Remove them.
      installPhase = ''
        runHook preInstall
        find node_modules -path '*/build/*' \( -name '*.mk' -o -name Makefile -o -name config.gypi -o -name '.deps' -o -name obj.target -o -name '*.Makefile' \) -prune -exec rm -rf {} +
        find node_modules -path '*/prebuilds/*' -type d -prune ! -name '*${wanted.os}-${arch}*' -exec rm -rf {} +
        ${lib.optionalString isCompiled "find node_modules -name '*.node' -type f -exec $STRIP -S {} \\;"}
        ${lib.optionalString isRuntime "python3 ${./checks}/tree.py node_modules ${platform.system}"}
        ${lib.optionalString platform.isLinux ''
          # Prebuilt modules have no rpath, and look for their libraries in /lib and /usr/lib.
          find node_modules -name '*.node' -type f | while IFS= read -r module; do
            [ -n "$(patchelf --print-rpath "$module")" ] || patchelf --set-rpath '$ORIGIN:${libraryPath}' "$module"
          done
        ''}
        mkdir $out
        mv node_modules $out/
        runHook postInstall
      '';
    };

  modules = installModules {
    set = pkgs;
    libraries = targetPkgs;
    node = nodejs;
    headers = nodeHeaders;
    isRuntime = true;
  };
  buildModules = installModules {
    set = build;
    libraries = build;
    node = buildNodejs;
    headers = lib.getDev buildNodejs;
    isRuntime = false;
  };

  app = pkgs.stdenvNoCC.mkDerivation (finalAttrs: {
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
      # The command that starts the program, for an image's `entrypoint`. `finalPackage` is the program after
      # the caller's `overrideAttrs`.
      entrypoint = [ "${nodejs}/bin/node" "${finalAttrs.finalPackage}/lib/${name}/${main}" ];
    };
  });
in
app
