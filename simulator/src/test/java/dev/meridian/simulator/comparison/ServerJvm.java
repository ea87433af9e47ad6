package dev.meridian.simulator.comparison;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadInfo;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** The JVM of a server that was started with {@link #options}, seen from outside. @param port for this alone */
record ServerJvm(int port) {
    /** What Vert.x calls its threads. */
    private static final String EVENT_LOOP = "vert.x-eventloop-thread";

    String options() {
        return "-Dcom.sun.management.jmxremote.port=" + port
                + " -Dcom.sun.management.jmxremote.host=127.0.0.1 -Djava.rmi.server.hostname=127.0.0.1"
                + " -Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false";
    }

    /** What threads have allocated since they began, in bytes. @param eventLoops those of them that serve HTTP */
    record Allocated(long all, long eventLoops) {}

    private interface Question<T> {
        T ask(MBeanServerConnection server) throws IOException;
    }

    @SuppressWarnings("BanJNDI") // Of a process that was started here, over loopback.
    private <T> T ask(Question<T> question) throws IOException {
        JMXServiceURL at = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi");
        try (JMXConnector connector = JMXConnectorFactory.connect(at)) {
            return question.ask(connector.getMBeanServerConnection());
        }
    }

    Allocated allocated() throws IOException {
        return ask(server -> {
            ThreadMXBean threads = ManagementFactory.getPlatformMXBean(server, ThreadMXBean.class);
            long[] ids = threads.getAllThreadIds();
            ThreadInfo[] infos = threads.getThreadInfo(ids);
            long[] bytes = threads.getThreadAllocatedBytes(ids);
            long all = 0;
            long eventLoops = 0;
            for (int i = 0; i < ids.length; i++) {
                // A thread that has ended by now has no information, and -1 bytes.
                long allocated = Math.max(0, bytes[i]);
                all += allocated;
                eventLoops += infos[i] != null && infos[i].getThreadName().startsWith(EVENT_LOOP) ? allocated : 0;
            }
            return new Allocated(all, eventLoops);
        });
    }

    /** What is in use of its heap after a collection, in bytes. */
    long heapLive() throws IOException {
        return ask(server -> {
            MemoryMXBean memory = ManagementFactory.getPlatformMXBean(server, MemoryMXBean.class);
            memory.gc();
            return memory.getHeapMemoryUsage().getUsed();
        });
    }
}
