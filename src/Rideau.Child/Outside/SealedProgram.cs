// RUNS IN: caller
using Rideau.Child.Before;
using Rideau.Kernel;
using Rideau.Kernel.Handles;

namespace Rideau.Child.Outside;

/// <summary>The program's own file in a form that nobody can write, whoever opens it (CVE-2019-5736).</summary>
internal static class SealedProgram
{
    /// <summary>A descriptor for execveat(2).</summary>
    /// <exception cref="LinuxException">It could neither be sealed nor copied.</exception>
    internal static OwnedFd Open()
    {
        nint descriptor = Seal.Open();
        return descriptor >= 0 ? new OwnedFd((int)descriptor) : throw new LinuxException("open_tree", (int)-descriptor, "\"/proc/self/exe\", to seal the program");
    }
}
