"""tree.py FOLDER CPU-OS: fails if a file in the folder is for another CPU, such as a prebuilt one."""

import sys

from elf import list_files, name_of, read_machine

SHOWN = 5


def main():
    folder, system = sys.argv[1:]
    cpu, kernel = system.split("-")
    own = "macOS" if kernel == "darwin" else cpu
    machines = ((file, read_machine(file)) for file in list_files(folder))
    foreign = [
        (file, name_of(machine))
        for file, machine in machines
        if machine is not None and name_of(machine) != own
    ]
    for file, name in foreign[:SHOWN]:
        print(f"cross-build: {file} is for {name}, not for {own}", file=sys.stderr)
    if foreign:
        count = "1 file" if len(foreign) == 1 else f"{len(foreign)} files"
        shown = f" (the first {SHOWN} are listed)" if len(foreign) > SHOWN else ""
        sys.exit(
            f"cross-build: {count} for another CPU{shown}: "
            "remove the package with such files, or build it from source"
        )


if __name__ == "__main__":
    main()
