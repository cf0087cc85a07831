# Whether the arguments of mkImage are what it expects; throws if not. Without this, some mistakes would only
# show when a container starts, and Nix's errors for the others would not name the argument.
{ lib }:
arguments:
let
  isStrings = value: builtins.isList value && builtins.all lib.isStringLike value;
  isWords = value: value == null || isStrings value;
  isVariable = value: lib.isStringLike value || builtins.isInt value || builtins.isFloat value;
  isSetOf = isElement: value: builtins.isAttrs value && builtins.all isElement (builtins.attrValues value);
  isPort = port:
    if builtins.isInt port then 0 < port && port < 65536
    else builtins.isString port && builtins.match "[0-9]+(/(tcp|udp|sctp))?" port != null;

  words = { check = isWords; expected = "a list with a string for each word"; };
  commands = { check = builtins.isString; expected = "a string of shell commands"; };
  expectations = {
    name = { check = builtins.isString; expected = "a string"; };
    tag = { check = value: value == null || builtins.isString value; expected = "a string"; };
    entrypoint = words;
    cmd = words;
    env = {
      check = isSetOf isVariable;
      expected = "a set of strings and numbers, such as { PORT = 8080; }";
    };
    user = { check = builtins.isString; expected = "a string, such as \"65532:65532\""; };
    ports = {
      check = value: builtins.isList value && builtins.all isPort value;
      expected = "a list of port numbers, such as [ 8080 \"53/udp\" ]";
    };
    labels = { check = isSetOf lib.isStringLike; expected = "a set of strings"; };
    healthcheck = {
      check = value: value == null || builtins.isAttrs value && isStrings (value.command or null);
      expected = "a set with the command as a list of strings";
    };
    workingDir = { check = lib.isStringLike; expected = "a string"; };
    config = {
      check = builtins.isAttrs;
      expected = "a set of fields of the image's config, such as { StopSignal = \"SIGINT\"; }";
    };
    # Docker and containerd stack no more layers than this.
    maxLayers = {
      check = value: builtins.isInt value && 1 < value && value < 128;
      expected = "a number from 2 to 127";
    };
    extraCommands = commands;
    fakeRootCommands = commands;
    allowedReferences = {
      check = isStrings;
      expected = "a list of store paths, or of globs on their names";
    };
  };

  # Fields of the config that other arguments make.
  argumentOf = {
    env = "env";
    user = "user";
    workingdir = "workingDir";
    entrypoint = "entrypoint";
    cmd = "cmd";
    exposedports = "ports";
    labels = "labels";
    healthcheck = "healthcheck";
  };

  wrong = builtins.filter
    (argument: !expectations.${argument}.check arguments.${argument})
    (builtins.attrNames (builtins.intersectAttrs expectations arguments));
  # Container engines read the names of fields without regard to case.
  doubled = builtins.filter
    (field: argumentOf ? ${lib.toLower field})
    (builtins.attrNames (arguments.config or { }));

  describeWrong = argument:
    let value = lib.generators.toPretty { multiline = false; } arguments.${argument};
    in "${argument} must be ${expectations.${argument}.expected}, not ${value}";
  describeDoubled = field:
    "config cannot have ${field}: use the argument ${argumentOf.${lib.toLower field}}";
  problems = if wrong != [ ] then map describeWrong wrong else map describeDoubled doubled;
in
problems == [ ]
|| throw (
  "cross-build: the image ${builtins.toJSON (arguments.name or null)}: "
  + builtins.concatStringsSep "; " problems
)
