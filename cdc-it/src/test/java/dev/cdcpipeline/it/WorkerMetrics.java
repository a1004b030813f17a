package dev.cdcpipeline.it;

import com.sun.tools.attach.VirtualMachine;
import java.util.Set;
import java.util.TreeSet;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What the embedded stack's Connect worker shows over JMX. */
final class WorkerMetrics {
  private WorkerMetrics() {}

  /** The names of a bean's attributes, and the value of one of them. */
  record Bean(Set<String> attributes, double value) {}

  /**
   * Looks at the worker.
   *
   * @param bean its name
   * @param attribute a number to read
   * @throws IllegalStateException there is no such bean; the message names those of sinks
   */
  @SuppressWarnings("BanJNDI") // the address is that of a process of ours
  static Bean read(String bean, String attribute) throws Exception {
    ProcessHandle worker =
        ProcessHandle.current()
            .descendants()
            .filter(
                process -> process.info().commandLine().orElse("").contains("cdc.piece=connect"))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no worker runs"));
    VirtualMachine machine = VirtualMachine.attach(Long.toString(worker.pid()));
    try (JMXConnector connector =
        JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()))) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      ObjectName name = new ObjectName(bean);
      if (!beans.isRegistered(name)) {
        Set<ObjectName> others = beans.queryNames(new ObjectName("*:sink=*,*"), null);
        throw new IllegalStateException("there is no " + bean + "; there are " + others);
      }
      Set<String> attributes = new TreeSet<>();
      for (MBeanAttributeInfo info : beans.getMBeanInfo(name).getAttributes()) {
        attributes.add(info.getName());
      }
      double value = ((Number) beans.getAttribute(name, attribute)).doubleValue();
      return new Bean(attributes, value);
    } finally {
      machine.detach();
    }
  }
}
