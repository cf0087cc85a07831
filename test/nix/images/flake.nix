# The library's images over the test's package set. `@NIXPKGS@` and `@CROSS_BUILD@` become folders.
{
  inputs.nixpkgs.url = "path:@NIXPKGS@";
  inputs.cross-build = { url = "path:@CROSS_BUILD@"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { self, nixpkgs, cross-build }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    buildSystems = [ "x86_64-linux" "aarch64-linux" ];
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    images = { pkgs, lib, ... }:
      let
        server = pkgs.callPackage ./server.nix { };
        common = {
          inherit pkgs;
          tag = server.version;
          entrypoint = [ "${server}/bin/server" ];
          ports = [ 8080 ];
          healthcheck = { command = [ "${server}/bin/server" "--version" ]; intervalSeconds = 1; };
        };
        hello = common // {
          name = "hello";
          contents = [ server ];
          env.GREETING = "hello";
          labels."org.opencontainers.image.source" = "https://example.org/hello";
          maxSize = "40MiB";
        };
      in
      {
        hello = lib.mkImage hello;
        # The same, as a file.
        archive = lib.mkImage (hello // { stream = false; });
        # Its start script has the shell of the build platform: a native build does not notice.
        leaking = lib.mkImage (common // {
          name = "leaking";
          entrypoint = [ "${pkgs.callPackage ./start.nix { shell = pkgs.buildPackages.runtimeShell; inherit server; }}/bin/start" ];
        });
        # The same with the shell of the target.
        started = lib.mkImage (common // {
          name = "started";
          entrypoint = [ "${pkgs.callPackage ./start.nix { shell = pkgs.runtimeShell; inherit server; }}/bin/start" ];
        });
        # The leak, and a name that lets it pass.
        excused = lib.mkImage (common // {
          name = "excused";
          contents = [ (pkgs.callPackage ./start.nix { shell = pkgs.buildPackages.runtimeShell; inherit server; }) ];
          allowedReferences = [ "bash" "glibc" ];
        });
        large = lib.mkImage (common // { name = "large"; maxSize = "1MiB"; });
      };
  };
}
