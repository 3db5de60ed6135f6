using System.Runtime.CompilerServices;

namespace Rideau.Runtime;

/// <summary>The text of a Debug message. Where nobody wants it nothing in the braces is evaluated, and nothing is allocated.</summary>
[InterpolatedStringHandler]
public ref struct DebugMessage
{
    private DefaultInterpolatedStringHandler _text;

    public DebugMessage(int literalLength, int formattedCount, Log log, out bool isWanted)
    {
        isWanted = log.IsDebug;
        _text = isWanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted(string? value) => _text.AppendFormatted(value);

    public void AppendFormatted(int value) => _text.AppendFormatted(value);

    internal string ToStringAndClear() => _text.ToStringAndClear();
}
