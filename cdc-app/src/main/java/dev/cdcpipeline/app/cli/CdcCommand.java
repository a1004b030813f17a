package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.reconcile.ReconcileException;
import dev.cdcpipeline.app.reread.RereadException;
import dev.cdcpipeline.app.simulate.SimulationException;
import dev.cdcpipeline.app.stack.StackException;
import dev.cdcpipeline.model.tls.TlsProblem;
import dev.cdcpipeline.sink.postgres.WriteException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code cdc} command. */
@Command(
    name = "cdc",
    mixinStandardHelpOptions = true,
    version = "cdc 1.0.0",
    description =
        "PostgreSQL change data capture: what is committed in a shop's database is, a moment later"
            + " and exactly once, in an analytics database, as rows, as events and as results of"
            + " SELECTs.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done; everything is equal, or healthy",
      "1:done, with a bad answer: rows differ, the pipeline is degraded, a statement failed",
      "2:not done: wrong usage, or something that is needed does not answer"
    },
    footer = {
      "",
      "Begin with:",
      "  cdc demo               everything at once, with a proof at the end",
      "  cdc up                 the same stack, kept running; then, in another terminal:",
      "  cdc simulate           activity at the source",
      "  cdc status             how the pipeline is",
      "  cdc sql target \"SELECT * FROM product_sales_metrics\""
    },
    subcommands = {
      DemoCommand.class,
      UpCommand.class,
      DownCommand.class,
      DeployCommand.class,
      ConnectCommand.class,
      StatusCommand.class,
      SimulateCommand.class,
      SqlCommand.class,
      ReconcileCommand.class,
      ResultsCommand.class,
      SinkCommand.class,
      TopicsCommand.class,
      TableCommand.class,
      SchemaCommand.class,
      StormCommand.class,
      HelpCommand.class
    })
public final class CdcCommand {

  /** Failures that are explained by their message; of any other the place in the code is shown. */
  private static final Set<Class<? extends RuntimeException>> EXPLAINED =
      Set.of(
          CommandException.class,
          ReconcileException.class,
          RereadException.class,
          SimulationException.class,
          StackException.class,
          WriteException.class,
          IllegalArgumentException.class);

  /** SQLSTATE of a database that does not answer, does not let one in, or is not there. */
  private static final Pattern NO_SESSION = Pattern.compile("(08|28|3D|57P).*");

  private static final AtomicBoolean SHUTTING_DOWN = new AtomicBoolean();

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> SHUTTING_DOWN.set(true), "cdc-ending"));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int code =
        commandLine()
            .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
            .execute(args);
    System.exit(code);
  }

  /** The command with its subcommands, for running it within a process. */
  public static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new CdcCommand());
    commandLine.registerConverter(Duration.class, Durations::parse);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler(explain());
    commandLine.setParameterExceptionHandler(CdcCommand::pointOut);
    return commandLine;
  }

  /**
   * What is wrong, and where it says what is right: the whole usage would push that off a screen.
   */
  private static int pointOut(ParameterException failure, String[] args) {
    CommandLine commandLine = failure.getCommandLine();
    PrintWriter err = commandLine.getErr();
    err.println("cdc: " + withoutSecrets(failure.getMessage()));
    UnmatchedArgumentException.printSuggestions(failure, err);
    err.println(
        "`%s --help` lists what there is".formatted(commandLine.getCommandSpec().qualifiedName()));
    err.flush();
    return ExitCodes.NOT_DONE;
  }

  /** A message without what looks like a password in an address: it may repeat an argument. */
  private static String withoutSecrets(String message) {
    return String.valueOf(message)
        .replaceAll("(?i)(password=)[^&\\s']*", "$1…")
        .replaceAll("[^\\s'/:@]+:(?!//)[^\\s'@]*@", "…@");
  }

  private static IExecutionExceptionHandler explain() {
    return (failure, commandLine, parsed) -> {
      if (SHUTTING_DOWN.get()) {
        // Ctrl-C: what was going on lost its servers, which says nothing.
        return ExitCodes.NOT_DONE;
      }
      PrintWriter err = commandLine.getErr();
      Optional<String> tls = TlsProblem.of(failure);
      boolean unreachable =
          failure instanceof SQLException e && NO_SESSION.matcher(e.getSQLState() + "").matches();
      boolean explained =
          unreachable
              || tls.isPresent()
              || EXPLAINED.stream().anyMatch(type -> type.isInstance(failure));
      String problem = explained ? failure.getMessage() : failure.toString();
      err.println(
          "cdc: "
              + (unreachable ? "cannot connect to a database: " : "")
              + withoutSecrets(problem));
      tls.filter(what -> !String.valueOf(problem).contains(what))
          .ifPresent(what -> err.println("     " + what));
      if (!explained) {
        failure.printStackTrace(err);
      }
      err.flush();
      return ExitCodes.NOT_DONE;
    };
  }
}
