package dev.cdcpipeline.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Endpoints;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cdc connect}: a request to Connect's REST API, with the password it asks for. */
@Command(
    name = "connect",
    mixinStandardHelpOptions = true,
    description = {
      "Sends a request to Connect's REST API, with the password that it asks for, and prints the"
          + " answer.",
      "",
      "For example:",
      "  cdc connect GET /connectors",
      "  cdc connect PUT /connectors/analytics-sink/stop",
      "  cdc connect PUT /connectors/analytics-sink/resume",
      "  cdc connect POST \"/connectors/shop-source/restart?includeTasks=true&onlyFailed=true\""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "2:Connect does not answer, or answers with an error"})
final class ConnectCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private PipelineOptions pipeline;

  @Parameters(index = "0", paramLabel = "METHOD", description = "GET, PUT, POST, PATCH or DELETE")
  private String method;

  @Parameters(index = "1", paramLabel = "PATH", description = "for example /connectors")
  private String path;

  @Parameters(index = "2", arity = "0..1", paramLabel = "BODY", description = "JSON")
  private String body;

  @Override
  public Integer call() {
    Endpoints endpoints = pipeline.endpoints();
    if (endpoints.connectUrl() == null) {
      throw new CommandException("--connect-url is needed: that is where the request is sent");
    }
    try {
      String answer =
          new ConnectClient(endpoints.connect())
              .request(
                  method.toUpperCase(Locale.ROOT), path.startsWith("/") ? path : "/" + path, body);
      PrintWriter out = spec.commandLine().getOut();
      if (!answer.isEmpty()) {
        out.println(readable(answer));
      }
      out.flush();
      return ExitCodes.OK;
    } catch (IOException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }

  private static String readable(String answer) {
    try {
      return new ObjectMapper().readTree(answer).toPrettyString();
    } catch (JsonProcessingException e) {
      // not everything it says is JSON
      return answer;
    }
  }
}
