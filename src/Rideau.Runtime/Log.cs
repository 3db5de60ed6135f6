using System.Runtime.CompilerServices;

namespace Rideau.Runtime;

/// <summary>How much a message matters; the words are those that engines parse.</summary>
public enum LogLevel
{
    Debug,
    Warning,
    Error,
}

/// <summary>Where messages go. The program has one for text and one for JSON lines; tests have their own.</summary>
public abstract class Log
{
    /// <summary>Drops everything.</summary>
    public static Log None { get; } = new Silent();

    /// <summary>True where Debug messages are wanted.</summary>
    public abstract bool IsDebug { get; }

    public abstract void Write(LogLevel level, string message);

    /// <summary>What is done or decided: stages in the words of docs/stages.md. Costs a look at <see cref="IsDebug"/> where nobody wants it.</summary>
    public void Debug([InterpolatedStringHandlerArgument("")] ref DebugMessage message)
    {
        if (IsDebug)
        {
            Write(LogLevel.Debug, message.ToStringAndClear());
        }
    }

    public void Warning(string message) => Write(LogLevel.Warning, message);

    private sealed class Silent : Log
    {
        public override bool IsDebug => false;

        public override void Write(LogLevel level, string message)
        {
        }
    }
}
