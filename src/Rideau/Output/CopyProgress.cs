using System;
using System.Globalization;
using Rideau.Kernel.Calls;

namespace Rideau.Output;

/// <summary>How far a long copy is: a line on the terminal that standard error is, written over again and again.</summary>
internal sealed class CopyProgress : IDisposable
{
    private const int FirstAfterMilliseconds = 700;
    private const int AgainAfterMilliseconds = 200;
    private readonly bool _isTerminal = Terminals.TryGet(2) is not null;
    private long _next = Environment.TickCount64 + FirstAfterMilliseconds;
    private bool _shown;

    internal void Report(long bytes, long files)
    {
        if (!_isTerminal || Environment.TickCount64 < _next)
        {
            return;
        }

        _next = Environment.TickCount64 + AgainAfterMilliseconds;
        _shown = true;
        StandardOutput.WriteError(string.Create(CultureInfo.InvariantCulture, $"\r{bytes / 1048576.0:F1} MiB, {files} files\x1b[K"));
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_shown)
        {
            StandardOutput.WriteError("\r\x1b[K");
        }
    }
}
