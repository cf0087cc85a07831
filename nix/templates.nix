# The flake's `templates`, with the text that `nix flake init` prints.
let
  make = name: { description, dependencies }: {
    path = ../templates + "/${name}";
    inherit description;
    welcomeText = ''
      # You have ${description}, and the workflows that release its image

      1. Lock the inputs, and add all files to Git, since a flake sees no others:

             nix flake lock
             git add --all

      2. Build the image, on a machine of any CPU:

             nix build .#packages.x86_64-linux.image      # on x86_64 Linux, or with a builder of it
             nix build .#image-x86_64-linux               # on any other machine

      3. Commit and push to GitHub. `.github/workflows/image.yml` builds, tests and releases what is pushed to
         `main`; write the name of your branch there if it has another one. `image` is the repository's name,
         which has to be in lower case.

      ${dependencies}

      Documentation: https://github.com/fluo/cross-build/blob/v1/docs/nix-library.md
    '';
  };
  templates = builtins.mapAttrs make {
    node = {
      description = "a Node.js service";
      dependencies = "Dependencies come from `package-lock.json` and need no further hash.";
    };
    java = {
      description = "a Java service that Maven builds";
      dependencies = ''
        When the dependencies in `pom.xml` change, the next build fails and prints the new `repositoryHash`
        for `flake.nix`.'';
    };
    go = {
      description = "a Go service";
      dependencies = ''
        When you add dependencies, set `vendorHash = "";` in `flake.nix`: the next build fails and prints the
        right hash.'';
    };
    rust = {
      description = "a Rust service";
      dependencies = "Dependencies come from `Cargo.lock` and need no further hash.";
    };
    tools = {
      description = "command-line tools";
      dependencies = "The tools are in `flake.nix`, and `smoke-test.yaml` runs each of them.";
    };
  };
in
templates // { default = templates.node; }
