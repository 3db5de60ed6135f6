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

    /// <summary>True where Debug messages are wanted: ask before making an expensive one.</summary>
    public abstract bool IsDebug { get; }

    public abstract void Write(LogLevel level, string message);

    public void Debug(string message) => Write(LogLevel.Debug, message);

    public void Warning(string message) => Write(LogLevel.Warning, message);

    private sealed class Silent : Log
    {
        public override bool IsDebug => false;

        public override void Write(LogLevel level, string message)
        {
        }
    }
}
