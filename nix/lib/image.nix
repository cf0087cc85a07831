# A layered image for the host platform of `pkgs`, built on any system. docs/nix-library.md has the arguments.
{ systems }:
{ pkgs
, targetPkgs ? pkgs
, name
, tag ? null
, contents ? [ ]
, entrypoint ? null
, cmd ? [ ]
, env ? { }
, user ? "65532:65532"
, ports ? [ ]
, labels ? { }
, healthcheck ? null
, config ? { }
, workingDir ? "/"
, created ? "1970-01-01T00:00:01Z"
, fromImage ? null
, stream ? true
, maxLayers ? 100
, maxSize ? null
, caCertificates ? true
, timeZones ? true
, extraCommands ? ""
, fakeRootCommands ? ""
, allowedReferences ? [ ]
}@arguments:
let
  inherit (pkgs) lib;
  build = pkgs.buildPackages;
  buildSystem = build.stdenv.hostPlatform.system;
  system = systems.checkImage pkgs.stdenv.hostPlatform.system;
  inherit (systems.entryOf system) platform;
  baseName = baseNameOf name;

  # If two packages have a file of the same name, the first one wins. So the caller's contents come first.
  allContents = lib.toList contents
    ++ lib.optional caCertificates targetPkgs.cacert
    ++ lib.optional timeZones targetPkgs.tzdata
    ++ accounts;

  # Only a numeric user gets accounts here. A user by name must be in an /etc/passwd in `contents`.
  ids = builtins.match "([0-9]+)(:([0-9]+))?" user;
  uid = builtins.elemAt ids 0;
  gid = if builtins.elemAt ids 2 == null then "0" else builtins.elemAt ids 2;
  accounts = lib.optionals (ids != null) [
    (pkgs.writeTextDir "etc/passwd" (
      "root:x:0:0:root:/root:/sbin/nologin\n"
      + lib.optionalString (uid != "0") "app:x:${uid}:${gid}:app:/tmp:/sbin/nologin\n"
    ))
    (pkgs.writeTextDir "etc/group" ("root:x:0:\n" + lib.optionalString (gid != "0") "app:x:${gid}:\n"))
  ];

  variables =
    lib.optionalAttrs caCertificates { SSL_CERT_FILE = "/etc/ssl/certs/ca-bundle.crt"; }
    // lib.optionalAttrs timeZones { TZDIR = "/share/zoneinfo"; }
    // env;

  fullConfig = config // lib.filterAttrs (_: value: value != null && value != [ ] && value != { }) {
    Env = lib.mapAttrsToList (variable: value: "${variable}=${toString value}") variables;
    User = user;
    WorkingDir = workingDir;
    Entrypoint = entrypoint;
    Cmd = cmd;
    ExposedPorts = lib.listToAttrs (map
      (port:
        lib.nameValuePair (if lib.hasInfix "/" (toString port) then port else "${toString port}/tcp") { })
      ports);
    Labels = { "org.opencontainers.image.title" = baseName; }
      // lib.optionalAttrs (tag != null) { "org.opencontainers.image.version" = tag; }
      // labels;
    Healthcheck = lib.mapNullable renderHealthcheck healthcheck;
  };

  # Docker takes durations in nanoseconds.
  renderHealthcheck =
    { command, intervalSeconds ? 30, timeoutSeconds ? 5, startPeriodSeconds ? 0, retries ? 3 }: {
      Test = [ "CMD" ] ++ command;
      Interval = intervalSeconds * 1000000000;
      Timeout = timeoutSeconds * 1000000000;
      StartPeriod = startPeriodSeconds * 1000000000;
      Retries = retries;
    };

  configFile = pkgs.writeText "${baseName}-config.json" (builtins.toJSON fullConfig);

  # Builds only if every file in the closure is for the image's CPU and the closure is within maxSize.
  # dockerTools needs Python as well, so the check adds no dependency.
  closureCheck = derivation {
    name = "${baseName}-closure-check";
    system = buildSystem;
    builder = "${build.python3}/bin/python3";
    args = [ "${./checks}/closure.py" ];
    __structuredAttrs = true;
    exportReferencesGraph.closure = allContents ++ [ configFile ];
    config = configFile;
    # Without their string context, so that the check does not depend on paths that the closure lacks.
    allowed = map (reference: builtins.unsafeDiscardStringContext "${reference}") allowedReferences;
    image = name;
    inherit (systems.entryOf system) elf;
    runs = (systems.entryOf system).runs or [ ];
    targetSystem = system;
    maxBytes = if maxSize == null then null else parseSize maxSize;
  };

  parseSize = size:
    let
      parts = builtins.match "([0-9]+)[[:space:]]*(KiB|MiB|GiB)" size;
      unit = { KiB = 1024; MiB = 1024 * 1024; GiB = 1024 * 1024 * 1024; };
    in
    if builtins.isInt size then size
    else if parts == null then
      throw "cross-build: ${name}: maxSize ${builtins.toJSON size} is not a size: write it as \"120MiB\""
    else lib.toInt (builtins.elemAt parts 0) * unit.${builtins.elemAt parts 1};

  streamed = pkgs.dockerTools.streamLayeredImage (
    {
      inherit name created fromImage maxLayers fakeRootCommands;
      config = fullConfig;
      contents = allContents;
      inherit (platform) architecture;
      extraCommands = ''
        # This reference makes the image depend on its closure check: ${closureCheck}
        mkdir -p tmp
        chmod 1777 tmp
        ${extraCommands}
      '';
    }
    // lib.optionalAttrs (tag != null) { inherit tag; }
  );

  # Until June 2026 nixpkgs gave the stream script of a cross set the target's shell, which does not run on
  # the machine that builds the image. This script has the build platform's shell instead.
  # @see https://github.com/NixOS/nixpkgs/issues/536233
  script = build.writeShellScript "stream-${baseName}"
    ''exec ${streamed.streamScript} ${streamed.conf} "$@"'';

  image =
    if stream then script
    else
      build.runCommand "${baseName}.tar.gz" { nativeBuildInputs = [ build.gzip ]; }
        "${script} | gzip -nc > $out";
in
assert import ./image-arguments.nix { inherit lib; } arguments;
image.overrideAttrs (old: {
  passthru = (old.passthru or { }) // {
    inherit closureCheck;
    inherit (streamed) imageName imageTag;
    # For other tools that take images of dockerTools.
    isExe = stream;
    targetSystem = system;
  };
})
