package dev.meridian.streams.embedded;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.server.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sockets bound before the broker starts, by listener. So a taken port is known before anything runs, and a free port,
 * once chosen, cannot be lost to another process.
 */
final class BoundSockets implements ServerSocketFactory, AutoCloseable {
    private final Map<String, ServerSocketChannel> byListener = new ConcurrentHashMap<>();

    /**
     * @return the port, which is a free one if {@code port} is 0
     * @throws PortTakenException if it is taken, or no address of this machine
     */
    int bind(String listener, String host, int port) {
        ServerSocketChannel channel = null;
        try {
            channel = ServerSocketChannel.open();
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(host, port));
            byListener.put(listener, channel);
            return ((InetSocketAddress) channel.getLocalAddress()).getPort();
        } catch (IOException | RuntimeException refused) {
            closeQuietly(channel);
            throw new PortTakenException(
                    "Kafka port " + host + ":" + port + " is not free",
                    refused instanceof IOException taken ? taken : new IOException(refused));
        }
    }

    @Override
    public ServerSocketChannel openServerSocket(String listener, InetSocketAddress address, int backlog, int buffer)
            throws IOException {
        ServerSocketChannel channel = byListener.remove(listener);
        return channel != null ? channel : INSTANCE.openServerSocket(listener, address, backlog, buffer);
    }

    /** Closes what the broker has not taken over. */
    @Override
    public void close() {
        byListener.values().forEach(BoundSockets::closeQuietly);
        byListener.clear();
    }

    private static void closeQuietly(@Nullable ServerSocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException nothingToBeDone) {
                // The port is given back with the process at the latest.
            }
        }
    }
}
