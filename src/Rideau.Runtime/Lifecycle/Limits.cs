using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Child.Before;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>Limits that only the caller can set on the child, because they need privilege outside the container.</summary>
internal static class Limits
{
    /// <summary>Raises hard limits above the caller's own, where the configuration asks for it; the child sets the rest itself.</summary>
    internal static void RaiseHard(int pid, List<Rlimit> limits)
    {
        foreach (Rlimit limit in limits)
        {
            int resource = Resource.RlimitNumberOf(limit.Type);
            if (resource == Resource.RLIMIT_NOFILE && Inherited.IsKnown && limit.Hard <= Inherited.OpenFilesHard)
            {
                continue; // as in most configurations
            }

            rlimit64 current = ResourceLimits.Get(pid, resource);
            if (limit.Hard <= current.rlim_max)
            {
                continue;
            }

            int errno = ResourceLimits.TrySet(pid, resource, new rlimit64 { rlim_cur = current.rlim_cur, rlim_max = limit.Hard });
            if (errno != 0)
            {
                throw new ContainerException(
                    $"cannot raise {limit.Type} to {limit.Hard} (the caller has {current.rlim_max})",
                    FailureCode.General,
                    ErrorHints.Find("prlimit64", errno),
                    new LinuxException("prlimit64", errno, $"{pid}, {limit.Type}, {{{limit.Soft}, {limit.Hard}}}"));
            }
        }
    }

    /// <summary>Lowering needs CAP_SYS_RESOURCE, unless the value is that already.</summary>
    internal static void SetOomScoreAdjustment(int pid, int score, bool unprivileged)
    {
        string path = $"/proc/{pid}/oom_score_adj";
        string text = score.ToString(CultureInfo.InvariantCulture);
        int errno = Files.TryWriteText(path, text);
        if (errno == 0 || Encoding.ASCII.GetString(Files.ReadAll(path, 16)).Trim() == text)
        {
            return;
        }

        throw new ContainerException(
            $"cannot set oom_score_adj to {score}",
            FailureCode.General,
            errno is Errno.EACCES or Errno.EPERM ? $"only a process with CAP_SYS_RESOURCE may lower it{(unprivileged ? ", so not without privilege" : "")}; take process.oomScoreAdj out of config.json" : null,
            new LinuxException("write", errno, $"\"{path}\", \"{text}\""));
    }
}
