# An image of 100 layers and 560 MiB with the structure of dockerTools.streamLayeredImage, without nixpkgs:
# each Debian package is a store path and a layer of its own. Needs beside it sources.json of
# script/testbed/push-parts.py, the httpd.c of the fixture `hello`, and stream-image.py of
# test/nix/package-set.
{
  description = "a large layered image";

  outputs = { self }:
    let
      system = "@SYSTEM@";
      run = name: variables: script: derivation (variables // {
        inherit name system;
        builder = "/bin/sh";
        # `exit` keeps the shell alive until the end; see the fixture `hello`.
        args = [ "-euc" "${script}\nexit" ];
        PATH = "/usr/local/bin:/usr/bin:/bin";
      });

      sources = builtins.fromJSON (builtins.readFile ./sources.json);
      fetch = { url, sha256 }: derivation {
        inherit url;
        name = baseNameOf url;
        system = "builtin";
        builder = "builtin:fetchurl";
        outputHashMode = "flat";
        outputHashAlgo = "sha256";
        outputHash = sha256;
        preferLocalBuild = true;
      };
      unpack = name: run name { package = fetch sources.${name}; } "dpkg-deb -x $package $out";
      packages = map unpack (builtins.attrNames sources);

      # What changes from one commit to the next: a program, and 2 MB of other files.
      app = version: run "app" { inherit version; source = ./httpd.c; } ''
        mkdir -p $out/bin $out/share
        gcc -O2 -static -s -Wl,--build-id=none -DVERSION="\"$version\"" -o $out/bin/server -x c $source
        seq 1 160000 | sed "s/$/ $version/" > $out/share/data
      '';

      # As the peers need it, who run the script: the machine's own Python.
      python = run "python3-3.11.2" { } "mkdir -p $out/bin; ln -s /usr/bin/python3 $out/bin/python3";
      script = run "stream" { } ''
        { echo "#!${python}/bin/python3"; cat ${./stream-image.py}; } > $out
        chmod +x $out
      '';
      customisationLayer = run "customisation-layer" { } ''
        mkdir -p $out layer/etc
        echo 'nobody:x:65534:65534:nobody:/:/bin/false' > layer/etc/passwd
        tar --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner -cf $out/layer.tar -C layer .
        sha256sum $out/layer.tar | cut -d' ' -f1 > $out/checksum
      '';
      image = version:
        let
          conf = run "app-conf.json"
            {
              json = builtins.toJSON {
                architecture = "@ARCHITECTURE@";
                config = { Entrypoint = [ "${app version}/bin/server" ]; User = "65534:65534"; };
                os = "linux";
                created = "1970-01-01T00:00:01+00:00";
                mtime = "1970-01-01T00:00:01+00:00";
                uid = 0;
                gid = 0;
                uname = "root";
                gname = "root";
                repo_tag = "app:${version}";
                store_dir = "/nix/store";
                from_image = null;
                store_layers = map (path: [ path ]) (packages ++ [ (app version) ]);
                customisation_layer = customisationLayer;
              };
              passAsFile = [ "json" ];
            } "cp $jsonPath $out";
        in
        run "stream-app" { } ''
          printf '#!/bin/sh\nexec %s %s "$@"\n' ${script} ${conf} > $out
          chmod +x $out
        '';
    in
    {
      packages.${system} = { before = image "1"; after = image "2"; };
    };
}
