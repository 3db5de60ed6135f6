using System.Runtime.InteropServices;

namespace Rideau.Child.Contract;

/// <summary>What comes back from a child that could not carry its plan out; the caller's words for it are in <c>ChildPlanBuilder.Describe</c>.</summary>
/// <param name="Step">Index of the step.</param>
/// <param name="Errno">The positive errno.</param>
/// <param name="Detail">More about it; see <see cref="ChildBoard.Detail"/>.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ChildFailure(int Step, int Errno, int Detail);
