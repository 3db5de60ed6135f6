using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Rideau.UnitTests")]
