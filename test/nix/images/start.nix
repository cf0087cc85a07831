{ runCommand, shell, server }:
runCommand "start" { } ''
  mkdir -p $out/bin
  printf '#!%s\nexec %s/bin/server\n' ${shell} ${server} > $out/bin/start
  chmod +x $out/bin/start
''
