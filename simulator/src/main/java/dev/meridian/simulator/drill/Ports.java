package dev.meridian.simulator.drill;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports for processes that must find the same ones again when they are started once more. */
public final class Ports {
    /** Below those that the system hands out to whoever asks for any. */
    private static final int LAST = 32_000;

    private static final int FIRST = 20_000;

    private Ports() {}

    /** The first of {@code count} ports in a row that are free now. */
    public static int free(int count) throws IOException {
        // Two runs on one machine begin at different places, neighbours far from each other.
        int first = FIRST + (int) (ProcessHandle.current().pid() * 37 % 500) * 20;
        for (int base = first; base + count < LAST; base += count) {
            if (areFree(base, count)) {
                return base;
            }
        }
        throw new IOException("no " + count + " free ports in a row");
    }

    private static boolean areFree(int base, int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int port = base; port < base + count; port++) {
                held.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
            }
            return true;
        } catch (IOException taken) {
            return false;
        } finally {
            held.forEach(Ports::closeQuietly);
        }
    }

    private static void closeQuietly(ServerSocket probe) {
        try {
            probe.close();
        } catch (IOException onlyAProbe) {
            // The system takes it back with the process.
        }
    }
}
