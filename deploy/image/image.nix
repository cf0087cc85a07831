{ pkgs, crossBuild }:
let
  inherit (pkgs) lib;
  packages = [ pkgs.bash pkgs.busybox-sandbox-shell pkgs.cacert pkgs.coreutils pkgs.nix pkgs.openssh ];
  # What Nix's database has to know of these packages in the store of a pod.
  closure = pkgs.closureInfo { rootPaths = packages; };

  users = lib.concatMapStrings (user: "${user}\n") (
    [
      "root:x:0:0::/run/root:/bin/bash"
      "nix:x:1000:1000::/run/nix:/bin/bash"
      "sshd:x:74:74::/var/empty:/bin/false"
    ] ++ map (n: "nixbld${toString n}:x:${toString (30000 + n)}:30000::/var/empty:/bin/false") builds
  );
  groups = "root:x:0:\nnix:x:1000:\nsshd:x:74:\nnixbld:x:30000:${
    lib.concatMapStringsSep "," (n: "nixbld${toString n}") builds
  }\n";
  # Nix needs a user for each derivation that it builds at the same time.
  builds = builtins.genList (n: n + 1) 32;

  # The chart's settings come from the ConfigMap that a pod mounts there.
  nixConf = ''
    experimental-features = nix-command flakes
    trusted-users = root nix
    sandbox-fallback = false
    build-dir = /nix/var/nix/builds
    sandbox-paths = /bin/sh=${pkgs.busybox-sandbox-shell}/bin/busybox
    !include /etc/cross-build/nix.conf
  '';
in
crossBuild.mkImage {
  inherit pkgs;
  name = "builder";
  contents = packages;
  entrypoint = [ "/bin/builder" ];
  cmd = [ "serve" ];
  env.PATH = "/bin";
  user = "root";
  ports = [ 2222 ];
  timeZones = false;
  # These are files, not links into /nix/store: a pod's volume hides the image's store.
  extraCommands = ''
    mkdir -p bin etc/nix etc/ssh run usr/bin var/empty
    rm -f bin/sh
    ln -s bash bin/sh
    ln -s ../../bin/env usr/bin/env
    cp ${./builder} bin/builder
    cp ${closure}/registration etc/nix/registration
    cp ${./sshd_config} etc/ssh/sshd_config
    cp ${pkgs.writeText "nix.conf" nixConf} etc/nix/nix.conf
    cp ${pkgs.writeText "passwd" users} etc/passwd
    cp ${pkgs.writeText "group" groups} etc/group
  '';
}
