# A Java program built by Maven, with a runtime for the CPU of `pkgs`. docs/nix-library.md has the
# arguments. The build platform's Maven and JDK build the jar, so it is one derivation for all targets.
{ pkgs
, targetPkgs ? pkgs
, name
, version
, src
, jar ? "target/${name}-${version}.jar"
, repository ? null
, repositoryHash ? null
, modules ? null
, jdk ? targetPkgs.jdk_headless
, buildJdk ? pkgs.buildPackages.jdk_headless
, jre ? null
, javaOptions ? [ ]
, mavenOptions ? [ ]
}:
let
  inherit (pkgs) lib;
  build = pkgs.buildPackages;
  runtime =
    if jre != null then jre
    else if modules != null then linkRuntime
    else targetPkgs.jre_headless;
  maven = "mvn --batch-mode --no-transfer-progress ${lib.escapeShellArgs mavenOptions}";

  # All that Maven downloads for a build, as one fixed-output derivation.
  fetched = build.stdenv.mkDerivation {
    name = "${name}-repository";
    inherit src;
    nativeBuildInputs = [ build.maven buildJdk ];
    JAVA_HOME = buildJdk.home;
    dontConfigure = true;
    buildPhase = "${maven} -Dmaven.repo.local=$out package";
    # Delete the files that record when and from where Maven downloaded: they would change the hash.
    installPhase = "find $out -type f \\( -name '*.lastUpdated' -o -name resolver-status.properties -o -name _remote.repositories \\) -delete";
    dontFixup = true;
    outputHashMode = "recursive";
    outputHash = repositoryHash;
  };
  locked =
    if repository != null then repository
    else if repositoryHash != null then fetched
    else
      throw (
        "cross-build: ${name}: set repositoryHash (lib.fakeHash, until the first build prints the right hash)"
        + ", or set repository to the folder of a Maven repository"
      );

  linkRuntime = build.stdenv.mkDerivation {
    name = "${name}-runtime-${pkgs.stdenv.hostPlatform.system}";
    nativeBuildInputs = [ buildJdk ];
    dontUnpack = true;
    dontFixup = true;
    # The modules come from the target's JDK, and so does the machine code in them.
    buildPhase = ''
      jlink --module-path ${jdk.home}/jmods --add-modules ${lib.concatStringsSep "," modules} --no-header-files --no-man-pages --strip-java-debug-attributes --output $out
    '';
    installPhase = "true";
  };

  file = "share/java/${name}.jar";
  app = build.stdenv.mkDerivation (finalAttrs: {
    pname = name;
    inherit version src;
    nativeBuildInputs = [ build.maven buildJdk ];
    JAVA_HOME = buildJdk.home;
    dontConfigure = true;
    # The build uses a copy of the repository, because Maven writes into it.
    buildPhase = ''
      runHook preBuild
      cp -rL --no-preserve=mode ${locked} "$TMPDIR/repository"
      ${maven} --offline -Dmaven.repo.local="$TMPDIR/repository" package
      runHook postBuild
    '';
    installPhase = ''
      runHook preInstall
      install -D --mode=644 ${lib.escapeShellArg jar} $out/${file}
      runHook postInstall
    '';
    passthru = {
      inherit runtime;
      repository = locked;
      # The command that starts the program, for an image's `entrypoint`. `finalPackage` is the program after
      # the caller's `overrideAttrs`.
      entrypoint = [ "${runtime}/bin/java" ] ++ javaOptions
        ++ [ "-jar" "${finalAttrs.finalPackage}/${file}" ];
    };
  });
in
app
