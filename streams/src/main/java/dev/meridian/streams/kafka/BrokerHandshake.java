package dev.meridian.streams.kafka;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Whether what answers at a cluster's addresses is Kafka at all. Kafka's own clients take the first four bytes of any
 * answer for a length and make room for it: an HTTP server's "HTTP" is 1.2 GB. So one small question is asked before a
 * client is made, and again while the cluster does not answer.
 */
final class BrokerHandshake {
    /** Brokers are near, and one that is slower than this is asked again. */
    private static final int CONNECT_MILLIS = 300;

    private static final int ANSWER_MILLIS = 1_000;

    /** ApiVersions, version 0, which every broker answers to everybody: key, version, correlation, client id. */
    private static final short API_VERSIONS = 18;

    /** With an empty line: a server of HTTP waits for one before it answers. */
    private static final byte[] CLIENT_ID = "meridian\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int CORRELATION = 0x4d455249;

    /** A broker knows about a hundred requests, and tells six bytes of each. */
    private static final int ANSWER_BYTES_MAX = 64 << 10;

    private static final int SHOWN_BYTES = 40;

    private final String bootstrap;
    private final boolean encrypted;
    private volatile @Nullable String fault;

    BrokerHandshake(KafkaBus.Config config) {
        this.bootstrap = config.bootstrap();
        // What does not speak TLS is found out by TLS.
        this.encrypted = config.properties()
                .getOrDefault("security.protocol", "PLAINTEXT")
                .toUpperCase(Locale.ROOT)
                .endsWith("SSL");
    }

    /** What was found last, if it was something else than Kafka. */
    Optional<String> fault() {
        return Optional.ofNullable(fault);
    }

    /** Asks. What does not answer may be Kafka, and away. */
    void look() {
        if (!encrypted) {
            String found = null;
            for (InetSocketAddress address : addresses()) {
                String other = answer(address);
                found = found == null ? other : found;
            }
            fault = found;
        }
    }

    /** @throws TimeoutException if something else than Kafka answers, as if nothing had */
    void require() {
        look();
        String found = fault;
        if (found != null) {
            throw new TimeoutException(found);
        }
    }

    private List<InetSocketAddress> addresses() {
        try {
            return ClientUtils.parseAndValidateAddresses(List.of(bootstrap.split(",")), "use_all_dns_ips");
        } catch (ConfigException unknown) {
            // The client says so.
            return List.of();
        }
    }

    /** @return what it is instead of Kafka; null if it is Kafka, or nothing answers */
    private static @Nullable String answer(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.connect(address, CONNECT_MILLIS);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(2 + 2 + 4 + 2 + CLIENT_ID.length);
            out.writeShort(API_VERSIONS);
            out.writeShort(0);
            out.writeInt(CORRELATION);
            out.writeShort(CLIENT_ID.length);
            out.write(CLIENT_ID);
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] length = in.readNBytes(Integer.BYTES);
            if (length.length < Integer.BYTES) {
                return null;
            }
            int bytes = java.nio.ByteBuffer.wrap(length).getInt();
            if (bytes >= Integer.BYTES && bytes <= ANSWER_BYTES_MAX && in.readInt() == CORRELATION) {
                return null;
            }
            return address.getHostString() + ":" + address.getPort() + " does not speak Kafka: it answers '"
                    + shown(length, in) + "'; it is asked again";
        } catch (IOException | RuntimeException silent) {
            return null;
        }
    }

    private static String shown(byte[] first, DataInputStream in) {
        StringBuilder text = new StringBuilder(new String(first, StandardCharsets.ISO_8859_1));
        try {
            text.append(new String(in.readNBytes(Math.min(in.available(), SHOWN_BYTES)), StandardCharsets.ISO_8859_1));
        } catch (IOException closed) {
            // The beginning is enough.
        }
        String readable = text.toString().replaceAll("(?s)[^ -~].*", "");
        return readable.isEmpty() ? "0x" + HexFormat.of().formatHex(first) : readable;
    }
}
