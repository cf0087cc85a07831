# Images of the library. The tests replace the inputs by the tests' package set and this repository.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.cross-build = { url = "github:fluo/cross-build/v1"; inputs.nixpkgs.follows = "nixpkgs"; };

  inputs.examples = { url = "path:@EXAMPLES@"; flake = false; };

  outputs = { nixpkgs, cross-build, examples, ... }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    buildSystems = [ "x86_64-linux" "aarch64-linux" ];
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    packages = { buildSystem, ... }: { cli = cross-build.packages.${buildSystem}.default; };
    images = { pkgs, crossBuild, ... }:
      let
        node = crossBuild.mkNodeApp {
          name = "bff";
          version = "1.0.0";
          src = examples + "/bff";
          buildScript = "build";
          main = "dist/server.js";
          files = [ "dist" "package.json" ];
          nodejs = pkgs.nodejs-slim;
          nodeHeaders = pkgs.nodejs;
        };
        java = crossBuild.mkJavaApp {
          name = "backend";
          version = "1.0.0";
          src = examples + "/backend";
          repository = "@MAVEN_REPOSITORY@";
          modules = [ "java.base" "jdk.httpserver" ];
        };
        server = pkgs.callPackage ./server.nix { };
        start = shell: pkgs.callPackage ./start.nix { inherit shell server; };
        common = {
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
          config = { StopSignal = "SIGINT"; Volumes."/data" = { }; };
          fakeRootCommands = "mkdir data; chown 65532:65532 data";
          maxSize = "40MiB";
        };
      in
      {
        hello = crossBuild.mkImage hello;
        # The same image as a file.
        archive = crossBuild.mkImage (hello // { stream = false; });
        # Its start script has the shell of the build platform, which makes no difference in a native build.
        leaking = crossBuild.mkImage (common // {
          name = "leaking";
          entrypoint = [ "${start pkgs.buildPackages.runtimeShell}/bin/start" ];
        });
        # The same with the shell of the target.
        started = crossBuild.mkImage (common // {
          name = "started";
          entrypoint = [ "${start pkgs.runtimeShell}/bin/start" ];
        });
        # Has the shell of the build platform as well, but allows it.
        excused = crossBuild.mkImage (common // {
          name = "excused";
          contents = [ (start pkgs.buildPackages.runtimeShell) ];
          allowedReferences = [ "bash" "glibc" ];
        });
        # With a runtime of the cross set; the examples have that of the native set.
        node = crossBuild.mkImage { name = "node"; inherit (node) entrypoint; };
        # With a folder as Maven's repository.
        java = crossBuild.mkImage { name = "java"; inherit (java) entrypoint; };
        tools = crossBuild.mkToolsImage {
          name = "tools";
          tools = [ pkgs.kubectl pkgs.jq ] ++ (
            if pkgs.stdenv.hostPlatform.system == "x86_64-linux" then [ pkgs.kubernetes-helm pkgs.terraform ]
            else [ ]
          );
          shell = false;
        };
        large = crossBuild.mkImage (common // { name = "large"; maxSize = "1MiB"; });
      };
  };
}
