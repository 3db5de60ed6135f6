// RUNS IN: entry before the runtime. No GC.
namespace Rideau.Child.Before;

/// <summary>The command of a command line, found without the runtime: enough to know whether to seal.</summary>
/// <remarks>A word that is not known counts as one that makes processes: sealing once too often costs a third of a millisecond, once too seldom a host.</remarks>
internal readonly unsafe ref struct CommandWord
{
    private CommandWord(bool makesProcesses, bool needsSeal)
    {
        MakesProcesses = makesProcesses;
        NeedsSeal = needsSeal;
    }

    /// <summary>True unless the command is one that never runs a program inside a container.</summary>
    internal bool MakesProcesses { get; }

    /// <summary>True where it makes processes inside a container whose plans do not say that they go on in a sealed image.</summary>
    internal bool NeedsSeal { get; }

    /// <summary>True where this process is to be a <see cref="Keeper"/>: the word is the first, and only this program itself writes it.</summary>
    internal static bool IsKeeper(byte** argv) => argv[0] != null && argv[1] != null && Equal(argv[1], "ns-keeper"u8);

    internal static CommandWord Find(byte** argv)
    {
        if (argv[0] == null)
        {
            return new CommandWord(true, true);
        }

        for (byte** word = argv + 1; *word != null; word++)
        {
            byte* text = *word;
            if (*text != '-')
            {
                bool makes = Equal(text, "ns"u8) && word[1] != null ? !IsOutsideNamespaces(word[1]) : !IsOutside(text);
                bool seals = Equal(text, "ns"u8) && word[1] != null ? Equal(word[1], "exec"u8) : SealsItsChildren(text);
                return new CommandWord(makes, makes && !seals);
            }

            if (TakesValue(text) && word[1] != null)
            {
                word++;
            }
        }

        return new CommandWord(false, false);
    }

    // The options before the command that take a value as the next word.
    private static bool TakesValue(byte* text)
    {
        byte* name = text[1] == '-' ? text + 2 : text + 1;
        return Equal(name, "root"u8) || Equal(name, "log"u8) || Equal(name, "log-format"u8) || Equal(name, "rootless"u8) || Equal(name, "criu"u8);
    }

    private static bool IsOutside(byte* text) =>
        Equal(text, "state"u8) || Equal(text, "start"u8) || Equal(text, "kill"u8) || Equal(text, "delete"u8) || Equal(text, "list"u8)
        || Equal(text, "ps"u8) || Equal(text, "features"u8) || Equal(text, "spec"u8) || Equal(text, "version"u8) || Equal(text, "help"u8)
        || Equal(text, "completion"u8) || Equal(text, "complete"u8) || Equal(text, "doctor"u8) || Equal(text, "man"u8) || Equal(text, "explain"u8)
        || Equal(text, "cp"u8) || Equal(text, "cat"u8) || Equal(text, "ls"u8) || Equal(text, "stat"u8) || Equal(text, "tar"u8) || Equal(text, "who"u8)
        || Equal(text, "pause"u8) || Equal(text, "resume"u8) || Equal(text, "update"u8) || Equal(text, "events"u8)
        || Equal(text, "checkpoint"u8);

    private static bool SealsItsChildren(byte* text) =>
        Equal(text, "run"u8) || Equal(text, "create"u8) || Equal(text, "exec"u8) || Equal(text, "enter"u8) || Equal(text, "chroot"u8) || Equal(text, "net"u8)
        || Equal(text, "edit"u8) // runs the machine's editor, and nothing inside
        || Equal(text, "restore"u8); // CRIU's processes, not this program's, become the container's

    // The commands of the group "ns" that run nothing in a namespace.
    private static bool IsOutsideNamespaces(byte* text) =>
        Equal(text, "list"u8) || Equal(text, "show"u8) || Equal(text, "tree"u8) || Equal(text, "rename"u8) || Equal(text, "remove"u8) || Equal(text, "unmount"u8) || Equal(text, "--help"u8) || Equal(text, "-h"u8);

    internal static bool Equal(byte* text, System.ReadOnlySpan<byte> word)
    {
        fixed (byte* letters = word)
        {
            int i = 0;
            for (; i < word.Length; i++)
            {
                if (text[i] != letters[i])
                {
                    return false;
                }
            }

            return text[i] == 0;
        }
    }
}
