using System;
using Rideau.Runtime;
using Rideau.Runtime.Lifecycle;

namespace Rideau;

internal static class Program
{
    private static int Main(string[] args)
    {
        var context = new RuntimeContext { Root = "/run/rideau-lead", Log = Log.None };
        try
        {
            switch (args[0])
            {
                case "run":
                    return Run.Execute(context, new CreateOptions { Id = args[2], Bundle = args[1] });
                case "create":
                    Create.Execute(context, new CreateOptions { Id = args[2], Bundle = args[1] });
                    return 0;
                case "start":
                    Start.Execute(context, args[1]);
                    return 0;
                case "delete":
                    Delete.Execute(context, args[1], true);
                    return 0;
                case "explain":
                    foreach (var s in Explain.Execute(context, new CreateOptions { Id = "x", Bundle = args[1] }).Steps)
                    {
                        Console.WriteLine($"{s.Number} {s.Purpose}: {s.Call}");
                    }

                    return 0;
            }
        }
        catch (Exception e) when (e is ContainerException or Kernel.LinuxException)
        {
            Console.Error.WriteLine($"rideau: {e.Message}\n  {e.InnerException?.Message}\n  hint: {(e as ContainerException)?.Hint}");
            return 1;
        }

        return 2;
    }
}
