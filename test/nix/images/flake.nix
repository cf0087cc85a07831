# The library's images over the test's package set. `@NIXPKGS@` and `@CROSS_BUILD@` become folders.
{
  inputs.nixpkgs.url = "path:@NIXPKGS@";
  inputs.cross-build = { url = "path:@CROSS_BUILD@"; inputs.nixpkgs.follows = "nixpkgs"; };

  outputs = { self, nixpkgs, cross-build }: cross-build.lib.mkFlakeOutputs {
    inherit nixpkgs;
    buildSystems = [ "x86_64-linux" "aarch64-linux" ];
    targetSystems = [ "x86_64-linux" "aarch64-linux" ];
    packages = { buildSystem, ... }: { cli = cross-build.packages.${buildSystem}.default; };
    images = { pkgs, crossBuild, ... }:
      let
        service = { inherit pkgs; tag = "1.0.0"; ports = [ 8080 ]; };
        node = crossBuild.mkNodeApp {
          inherit pkgs;
          name = "service";
          version = "1.0.0";
          src = ./node;
          buildScript = "build";
          main = "dist/server.js";
          files = [ "dist" "package.json" ];
          nodejs = pkgs.nodejs-slim;
          nodeHeaders = pkgs.nodejs;
        };
        java = crossBuild.mkJavaApp {
          inherit pkgs;
          name = "server";
          version = "1.0.0";
          src = ./java;
          repository = pkgs.mavenRepository;
          modules = [ "java.base" "jdk.httpserver" ];
          javaOptions = [ "-XX:TieredStopAtLevel=1" ];
        };
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
        hello = crossBuild.mkImage hello;
        # The same, as a file.
        archive = crossBuild.mkImage (hello // { stream = false; });
        # Its start script has the shell of the build platform: a native build does not notice.
        leaking = crossBuild.mkImage (common // {
          name = "leaking";
          entrypoint = [ "${pkgs.callPackage ./start.nix { shell = pkgs.buildPackages.runtimeShell; inherit server; }}/bin/start" ];
        });
        # The same with the shell of the target.
        started = crossBuild.mkImage (common // {
          name = "started";
          entrypoint = [ "${pkgs.callPackage ./start.nix { shell = pkgs.runtimeShell; inherit server; }}/bin/start" ];
        });
        # The leak, and a name that lets it pass.
        excused = crossBuild.mkImage (common // {
          name = "excused";
          contents = [ (pkgs.callPackage ./start.nix { shell = pkgs.buildPackages.runtimeShell; inherit server; }) ];
          allowedReferences = [ "bash" "glibc" ];
        });
        # The kinds of programs that the library builds itself.
        node = crossBuild.mkImage (service // { name = "node"; inherit (node) entrypoint; });
        java = crossBuild.mkImage (service // { name = "java"; inherit (java) entrypoint; });
        tools = crossBuild.mkToolsImage {
          inherit pkgs;
          name = "tools";
          tools = [ pkgs.kubectl pkgs.jq ];
          shell = false;
          entrypoint = [ "/bin/kubectl" "version" "--client" ];
        };
        large = crossBuild.mkImage (common // { name = "large"; maxSize = "1MiB"; });
      };
  };
}
