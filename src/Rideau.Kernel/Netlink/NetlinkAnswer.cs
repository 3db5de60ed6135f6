namespace Rideau.Kernel.Netlink;

/// <summary>How a request ended.</summary>
/// <param name="Errno">0, or the positive errno.</param>
/// <param name="Explanation">What the kernel says of it, in its own words; often empty.</param>
public readonly record struct NetlinkAnswer(int Errno, string Explanation)
{
    /// <summary>True where it was done.</summary>
    public bool Succeeded => Errno == 0;

    /// <summary>"EEXIST (File exists): what the kernel says".</summary>
    public string Describe() => Abi.Errno.Describe(Errno) + (Explanation.Length > 0 ? ": " + Explanation : "");

    /// <summary>Makes sure that it was done.</summary>
    /// <exception cref="LinuxException">It was not.</exception>
    public void Check(string operation, string arguments)
    {
        if (!Succeeded)
        {
            throw new LinuxException(operation, Errno, Explanation.Length > 0 ? $"{arguments}: {Explanation}" : arguments);
        }
    }
}
