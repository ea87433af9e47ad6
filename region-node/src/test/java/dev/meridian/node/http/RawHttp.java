package dev.meridian.node.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** One connection, byte by byte: for what no HTTP client would do. */
final class RawHttp implements AutoCloseable {
    static final int PATIENCE_MILLIS = 20_000;

    final Socket socket;
    private final InputStream in;

    /** Header names are without case. */
    record Answer(String version, int status, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        String header(String name) {
            return headers.get(name);
        }
    }

    RawHttp(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    RawHttp send(String bytes) throws IOException {
        return send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawHttp send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Head of a request with a signature, without its empty line. */
    static String head(String operation, String... more) {
        return "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810." + operation
                + "\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Date: " + RunningRegion.DATE
                + "\r\nAuthorization: " + RunningRegion.AUTHORIZATION + "\r\n"
                + (more.length == 0 ? "" : String.join("\r\n", more) + "\r\n");
    }

    static String request(String operation, String body, String... more) {
        return head(operation, more) + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    Answer answer() throws IOException {
        return answer(false);
    }

    Answer answer(boolean withoutBody) throws IOException {
        String[] status = line().split(" ", 3);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(); !line.isEmpty(); line = line()) {
            String[] parts = line.split(": ?", 2);
            headers.put(parts[0], parts[1]);
        }
        int code = Integer.parseInt(status[1]);
        int length = withoutBody || code == 100 ? 0 : Integer.parseInt(headers.getOrDefault("Content-Length", "0"));
        return new Answer(status[0], code, headers, in.readNBytes(length));
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int each = in.read(); each != '\n'; each = in.read()) {
            if (each < 0) {
                throw new EOFException("closed after: " + line);
            }
            if (each != '\r') {
                line.write(each);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** Whether the server has closed, or does so in time. */
    boolean isClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
