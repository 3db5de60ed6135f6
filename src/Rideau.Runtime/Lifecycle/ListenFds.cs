using System;
using System.Globalization;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Lifecycle;

/// <summary>Sockets that the caller passes by the convention of socket activation.</summary>
/// <remarks>man: sd_listen_fds(3)</remarks>
public static class ListenFds
{
    /// <summary>How many descriptors from 3 on are sockets for the container's process; 0 where LISTEN_PID does not name this process: they are somebody else's.</summary>
    public static int Count
    {
        get
        {
            string? count = Environment.GetEnvironmentVariable("LISTEN_FDS");
            string? pid = Environment.GetEnvironmentVariable("LISTEN_PID");
            return int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and < 1024
                && pid == Credentials.ProcessId.ToString(CultureInfo.InvariantCulture)
                ? number
                : 0;
        }
    }
}
