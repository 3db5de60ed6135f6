namespace Rideau.Runtime.Seccomp;

/// <summary>How an argument is compared with a value; all without sign.</summary>
internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    MaskedEqual,
}
