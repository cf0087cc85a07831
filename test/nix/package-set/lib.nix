# The functions of nixpkgs' lib that the library and the package set use, with the same names.
rec {
  inherit (builtins) attrNames attrValues concatMap concatStringsSep elem elemAt filter foldl' hasAttr head
    isAttrs isBool isFunction isInt isList isString length listToAttrs map mapAttrs match removeAttrs
    replaceStrings splitVersion substring tail toJSON;

  fix = f: let x = f x; in x;
  id = x: x;
  last = list: elemAt list (length list - 1);
  toList = x: if isList x then x else [ x ];
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  optionalString = condition: text: if condition then text else "";
  optionalAttrs = condition: set: if condition then set else { };
  unique = foldl' (list: x: if elem x list then list else list ++ [ x ]) [ ];
  flatten = x: if isList x then concatMap flatten x else [ x ];
  remove = x: filter (other: other != x);
  nameValuePair = name: value: { inherit name value; };
  filterAttrs = predicate: set: removeAttrs set (filter (name: !predicate name set.${name}) (attrNames set));
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  recursiveUpdate = a: b: a // mapAttrs
    (name: value:
      if isAttrs value && isAttrs (a.${name} or null) then recursiveUpdate a.${name} value else value)
    b;
  mapNullable = f: x: if x == null then null else f x;
  concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
  concatMapStrings = concatMapStringsSep "";
  hasPrefix = prefix: text: substring 0 (builtins.stringLength prefix) text == prefix;
  hasSuffix = suffix: text:
    let extra = builtins.stringLength text - builtins.stringLength suffix;
    in extra >= 0 && substring extra (builtins.stringLength suffix) text == suffix;
  removePrefix = prefix: text:
    if hasPrefix prefix text then substring (builtins.stringLength prefix) (-1) text else text;
  removeSuffix = suffix: text:
    if !hasSuffix suffix text then text
    else substring 0 (builtins.stringLength text - builtins.stringLength suffix) text;
  isStringLike = x: isString x || builtins.isPath x || x ? outPath || x ? __toString;
  hasInfix = infix: text: builtins.length (builtins.split (escapeRegex infix) text) > 1;
  escapeRegex = replaceStrings (characters "\\[{()^$?*+|.") (map (c: "\\" + c) (characters "\\[{()^$?*+|."));
  characters = text: builtins.genList (i: substring i 1 text) (builtins.stringLength text);
  escapeShellArg = argument: "'${replaceStrings [ "'" ] [ "'\\''" ] (toString argument)}'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  splitString = separator: text: filter isString (builtins.split (escapeRegex separator) text);
  toInt = builtins.fromJSON;
  toLower = replaceStrings
    (characters "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    (characters "abcdefghijklmnopqrstuvwxyz");
  boolToString = x: if x then "true" else "false";
  makeBinPath = concatMapStringsSep ":" (package: "${getBin package}/bin");
  makeLibraryPath = concatMapStringsSep ":" (package: "${getLib package}/lib");
  getBin = package: package.bin or package;
  getLib = package: package.lib or package;
  getDev = package: package.dev or package;
  getExe = package: "${getBin package}/bin/${package.meta.mainProgram or package.pname or package.name}";
  getExe' = package: program: "${getBin package}/bin/${program}";
  isDerivation = x: isAttrs x && (x.type or null) == "derivation";
  assertMsg = condition: message: condition || throw message;
  throwIf = condition: message: x: if condition then throw message else x;
  throwIfNot = condition: throwIf (!condition);
  warn = message: builtins.trace "warning: ${message}";
  warnIf = condition: message: if condition then warn message else id;
  importJSON = file: builtins.fromJSON (builtins.readFile file);
  importTOML = file: builtins.fromTOML (builtins.readFile file);
  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  cleanSource = source: source;
  generators.toPretty = options: value:
    let inner = generators.toPretty options;
    in
    if isList value then "[ ${concatMapStrings (element: "${inner element} ") value}]"
    else if isAttrs value then
      "{ ${concatStringsSep "" (mapAttrsToList (name: element: "${name} = ${inner element}; ") value)}}"
    else toJSON value;
  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

  makeOverridable = f: arguments:
    let
      result = f arguments;
      override = changes: makeOverridable f (
        arguments // (if isFunction changes then changes arguments else changes)
      );
    in
    if !isAttrs result then result
    else
      result // { inherit override; } // optionalAttrs (result ? overrideAttrs) {
        # What overrideAttrs returns can be overridden as well.
        overrideAttrs = changes: makeOverridable (new: (f new).overrideAttrs changes) arguments;
      };
  extendDerivation = condition: passthru: derivation: assert condition; derivation // passthru;

  systems.elaborate = given:
    let
      asked = if isString given then { system = given; } else given;
      name = asked.config or asked.system;
      cpu = head (splitString "-" name);
      # Darwin is there to be evaluated as what builds; nothing is ever built on it.
      kernel = if hasInfix "darwin" name then "darwin" else "linux";
      isLinux = kernel == "linux";
      known = {
        x86_64 = { go = "amd64"; node = "x64"; loader = "ld-linux-x86-64.so.2"; };
        aarch64 = { go = "arm64"; node = "arm64"; loader = "ld-linux-aarch64.so.1"; };
      };
    in
    throwIf (!known ? ${cpu} || hasInfix "musl" (asked.config or ""))
      "the tests' package set has only x86_64-linux and aarch64-linux, with glibc"
    {
      system = "${cpu}-${kernel}";
      config = if isLinux then "${cpu}-unknown-linux-gnu" else "${cpu}-apple-darwin";
      parsed = { cpu = { name = cpu; bits = 64; }; kernel.name = kernel; };
      # As in the names of Debian's compilers and folders.
      multiarch = "${cpu}-linux-gnu";
      inherit (known.${cpu}) loader;
      node = { platform = kernel; arch = known.${cpu}.node; };
      go = { GOOS = kernel; GOARCH = known.${cpu}.go; };
      inherit isLinux;
      isDarwin = !isLinux;
      isStatic = false;
      isMusl = false;
      isGnu = isLinux;
      isx86_64 = cpu == "x86_64";
      isAarch64 = cpu == "aarch64";
      is64bit = true;
      canExecute = other: other.system == "${cpu}-${kernel}";
    };
}
