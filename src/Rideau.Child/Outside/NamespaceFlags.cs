using System.Text;
using Rideau.Kernel.Abi;

namespace Rideau.Child.Outside;

/// <summary>CLONE_NEW flags in words.</summary>
public static class NamespaceFlags
{
    /// <summary>"CLONE_NEWNS|CLONE_NEWPID".</summary>
    public static string Describe(long flags)
    {
        var text = new StringBuilder();
        Append(text, flags, Sched.CLONE_NEWUSER, nameof(Sched.CLONE_NEWUSER));
        Append(text, flags, Sched.CLONE_NEWNS, nameof(Sched.CLONE_NEWNS));
        Append(text, flags, Sched.CLONE_NEWPID, nameof(Sched.CLONE_NEWPID));
        Append(text, flags, Sched.CLONE_NEWNET, nameof(Sched.CLONE_NEWNET));
        Append(text, flags, Sched.CLONE_NEWIPC, nameof(Sched.CLONE_NEWIPC));
        Append(text, flags, Sched.CLONE_NEWUTS, nameof(Sched.CLONE_NEWUTS));
        Append(text, flags, Sched.CLONE_NEWCGROUP, nameof(Sched.CLONE_NEWCGROUP));
        Append(text, flags, Sched.CLONE_NEWTIME, nameof(Sched.CLONE_NEWTIME));
        return text.Length == 0 ? "0" : text.ToString();
    }

    private static void Append(StringBuilder text, long flags, long flag, string name)
    {
        if ((flags & flag) != 0)
        {
            text.Append(text.Length == 0 ? "" : "|").Append(name);
        }
    }
}
