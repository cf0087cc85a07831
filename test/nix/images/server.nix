{ stdenv }:
stdenv.mkDerivation {
  pname = "server";
  version = "1.0.0";
  src = ./src;
  buildPhase = ''
    $CC -O2 -Wall -DVERSION='"1.0.0"' -o server httpd.c
  '';
  installPhase = ''
    mkdir -p $out/bin
    cp server $out/bin/server
  '';
}
