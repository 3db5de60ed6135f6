using System.Collections.Generic;

namespace Rideau.Runtime.Machine;

/// <summary>What this machine can do for containers of this caller, found out by trying it.</summary>
public static class Doctor
{
    /// <summary>Looks at everything. Nothing is left behind.</summary>
    public static IReadOnlyList<Finding> Examine(RuntimeContext context)
    {
        var examination = new Examination(context);
        KernelExamination.Run(examination);
        NamespacesExamination.Run(examination);
        FileSystemsExamination.Run(examination);
        CgroupsExamination.Run(examination);
        SecurityExamination.Run(examination);
        CallerExamination.Run(examination);
        return examination.Findings;
    }

    /// <summary>True where nothing is missing that every container needs.</summary>
    public static bool CanRun(IReadOnlyList<Finding> findings)
    {
        foreach (Finding finding in findings)
        {
            if (finding is { Required: true, Status: FindingStatus.Missing })
            {
                return false;
            }
        }

        return true;
    }
}
