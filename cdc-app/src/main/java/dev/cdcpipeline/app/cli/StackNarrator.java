package dev.cdcpipeline.app.cli;

import dev.cdcpipeline.app.stack.ConnectClient;
import dev.cdcpipeline.app.stack.Service;
import dev.cdcpipeline.app.stack.StackListener;
import java.time.Duration;
import java.util.function.Consumer;

/** Says what happens to a stack. */
final class StackNarrator implements StackListener {

  private final Consumer<String> say;

  StackNarrator(Consumer<String> say) {
    this.say = say;
  }

  @Override
  public void progress(String what) {
    say.accept(what);
  }

  @Override
  public void ready(Service service, Duration took) {
    say.accept(service.title() + " answers after " + Durations.format(took));
  }

  @Override
  public void died(Service service, String why) {
    say.accept("! " + service.title() + " died: " + why);
  }

  @Override
  public void restarting(Service service, Duration after) {
    say.accept("! " + service.title() + " is started again in " + Durations.format(after));
  }

  @Override
  public void connectorFailed(String what, String trace) {
    say.accept("! connector " + what + " failed: " + ConnectClient.State.causeOf(trace));
  }

  @Override
  public void connectorRestarted(String connector) {
    say.accept("! connector " + connector + " was told to start again");
  }
}
