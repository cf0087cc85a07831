# A layered image for the host platform of `pkgs`, whatever it is built on; docs/nix-library.md tells what each argument is.
{ systems }:
{ pkgs
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
, workingDir ? "/"
, created ? "1970-01-01T00:00:01Z"
, fromImage ? null
, stream ? true
, maxLayers ? 100
, maxSize ? null
, caCertificates ? true
, timeZones ? true
, extraCommands ? ""
, allowedReferences ? [ ]
}:
let
  inherit (pkgs) lib;
  build = pkgs.buildPackages;
  buildSystem = build.stdenv.hostPlatform.system;
  system = systems.checkImage pkgs.stdenv.hostPlatform.system;
  inherit (systems.entryOf system) platform;
  baseName = baseNameOf name;

  # The first of two files of one name is the one that is kept, so the caller's own come before ours.
  allContents = lib.toList contents
    ++ lib.optional caCertificates pkgs.cacert
    ++ lib.optional timeZones pkgs.tzdata
    ++ accounts;

  # A user by name has to be in the caller's own /etc/passwd.
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

  config = lib.filterAttrs (_: value: value != null && value != [ ] && value != { }) {
    Env = lib.mapAttrsToList (variable: value: "${variable}=${toString value}") variables;
    User = user;
    WorkingDir = workingDir;
    Entrypoint = entrypoint;
    Cmd = cmd;
    ExposedPorts = lib.listToAttrs (map
      (port: lib.nameValuePair (if lib.hasInfix "/" (toString port) then port else "${toString port}/tcp") { })
      ports);
    Labels = { "org.opencontainers.image.title" = baseName; }
      // lib.optionalAttrs (tag != null) { "org.opencontainers.image.version" = tag; }
      // labels;
    Healthcheck = lib.mapNullable renderHealthcheck healthcheck;
  };

  # Docker counts in nanoseconds.
  renderHealthcheck = { command, intervalSeconds ? 30, timeoutSeconds ? 5, startPeriodSeconds ? 0, retries ? 3 }: {
    Test = [ "CMD" ] ++ command;
    Interval = intervalSeconds * 1000000000;
    Timeout = timeoutSeconds * 1000000000;
    StartPeriod = startPeriodSeconds * 1000000000;
    Retries = retries;
  };

  configFile = pkgs.writeText "${baseName}-config.json" (builtins.toJSON config);

  # Builds where every file in the closure is for the image's CPU, and the closure is within the budget. Python is what dockerTools needs, too.
  closureCheck = derivation {
    name = "${baseName}-closure-check";
    system = buildSystem;
    builder = "${build.python3}/bin/python3";
    args = [ "${./checks}/closure.py" ];
    __structuredAttrs = true;
    exportReferencesGraph.closure = allContents ++ [ configFile ];
    config = configFile;
    # Their paths and no more: what is allowed need not be there.
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
    else if parts == null then throw "cross-build: the maxSize ${builtins.toJSON size} of ${name} is no size: write it as \"120MiB\""
    else lib.toInt (builtins.elemAt parts 0) * unit.${builtins.elemAt parts 1};

  streamed = pkgs.dockerTools.streamLayeredImage (
    {
      inherit name config created fromImage maxLayers;
      contents = allContents;
      inherit (platform) architecture;
      extraCommands = ''
        # Built only once the closure is as it should be: ${closureCheck}
        mkdir -p tmp
        chmod 1777 tmp
        ${extraCommands}
      '';
    }
    // lib.optionalAttrs (tag != null) { inherit tag; }
  );

  # Until June 2026 nixpkgs gave the script of a cross set the target's shell, which does not run where the image is built.
  # @see https://github.com/NixOS/nixpkgs/issues/536233
  script = build.writeShellScript "stream-${baseName}" ''exec ${streamed.streamScript} ${streamed.conf} "$@"'';

  image =
    if stream then script
    else build.runCommand "${baseName}.tar.gz" { nativeBuildInputs = [ build.gzip ]; } "${script} | gzip -nc > $out";
in
image // {
  inherit closureCheck;
  inherit (streamed) imageName imageTag;
  # What follows is for other tools that take images of dockerTools.
  isExe = stream;
  targetSystem = system;
  passthru = (image.passthru or { }) // { inherit closureCheck; inherit (streamed) imageName imageTag; isExe = stream; };
}
