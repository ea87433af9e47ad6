package dev.meridian.node.http;

import dev.meridian.node.http.ContentCoding.Coding;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer: answered exactly once, with the headers that all of DynamoDB's answers have. Everything
 * here happens on the connection's event loop.
 */
final class Exchange {
    /** Five bits each. */
    private static final byte[] ID_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUV".getBytes(StandardCharsets.US_ASCII);

    private static final int ID_LENGTH = 52;
    private static final int LETTERS_A_LONG = Long.SIZE / 5;

    private static final CharSequence SERVER = HttpHeaders.createOptimized("Server");
    private static final CharSequence DATE = HttpHeaders.createOptimized("Date");
    private static final CharSequence CONNECTION = HttpHeaders.createOptimized("Connection");
    private static final CharSequence KEEP_ALIVE = HttpHeaders.createOptimized("keep-alive");
    private static final CharSequence CONTENT_TYPE = HttpHeaders.createOptimized("Content-Type");
    private static final CharSequence CONTENT_LENGTH = HttpHeaders.createOptimized("Content-Length");
    private static final CharSequence CRC = HttpHeaders.createOptimized("x-amz-crc32");
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("x-amzn-RequestId");
    private static final CharSequence POSITION = HttpHeaders.createOptimized("x-meridian-position");

    /** A name or an address with or without a port, of the length that a name may have. */
    private static final Pattern HOST =
            Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}]|[0-9A-Za-z._-]{1,255})(:[0-9]{1,5})?");

    private final HttpServerRequest request;
    private final RequestHead head;
    private final GuardedConnection connection;
    private final InFlight inFlight;
    private final HttpDate date;
    private final RequestMemory.Share share;
    private @Nullable Supplier<String> position;
    private @Nullable String allowedOrigin;
    private boolean whole;
    private boolean answered;
    private boolean finished;

    Exchange(
            HttpServerRequest request,
            GuardedConnection connection,
            InFlight inFlight,
            HttpDate date,
            RequestMemory.Share share) {
        this.request = request;
        this.head = new RequestHead(request.method().name(), request.uri(), request.headers());
        this.connection = connection;
        this.inFlight = inFlight;
        this.date = date;
        this.share = share;
        connection.began(this);
    }

    HttpServerRequest request() {
        return request;
    }

    RequestHead head() {
        return head;
    }

    RequestMemory.Share share() {
        return share;
    }

    GuardedConnection connection() {
        return connection;
    }

    /** Whatever is answered from now on tells how far its region was then. */
    void tellPosition(Supplier<String> supplier) {
        position = supplier;
    }

    /** Lets the browser show the answer to a page of that origin. */
    void allowOrigin(@Nullable String origin) {
        allowedOrigin = origin;
    }

    /** The address that the connection came in at; null if that is not known. */
    @Nullable
    String localAddress() {
        SocketAddress local = request.localAddress();
        return local == null ? null : local.hostAddress();
    }

    /** As {@code host:port} what the client calls this server. */
    String calledAs() {
        List<String> hosts = head.hosts();
        if (!hosts.isEmpty() && HOST.matcher(hosts.get(0)).matches()) {
            return hosts.get(0);
        }
        SocketAddress local = request.localAddress();
        return local == null ? "localhost" : local.hostAddress() + ":" + local.port();
    }

    boolean isAnswered() {
        return answered;
    }

    /** The client has sent all of it. */
    void whole() {
        whole = true;
    }

    boolean isWhole() {
        return whole;
    }

    /** Answers with the type that goes with the request's. */
    void json(int status, byte[] body, @Nullable Coding coding) {
        String asked = head.contentType();
        send(status, asked.equals("application/x-amz-json-1.0") ? asked : "application/json", body, coding);
    }

    void fail(ErrorAnswer error) {
        json(error.status(), error.json(), null);
    }

    /**
     * Answers with what comes piece by piece, and is not waited for when the server closes: whoever writes it ends it then.
     *
     * @return null if nobody waits for it any more
     */
    @Nullable
    HttpServerResponse stream(String contentType) {
        HttpServerResponse response = request.response();
        if (answered || response.closed()) {
            abandoned();
            return null;
        }
        answered = true;
        headers(response, contentType, null, false);
        response.putHeader("Cache-Control", "no-store").setChunked(true);
        finish();
        return response;
    }

    boolean isServerClosing() {
        return inFlight.isClosing();
    }

    /** @param coding how {@code body} is compressed, if it is: the checksum is of the bytes as sent, in either case */
    void send(int status, @Nullable String contentType, byte[] body, @Nullable Coding coding) {
        if (answered) {
            return;
        }
        answered = true;
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            finish();
            return;
        }
        boolean close = mustClose();
        headers(response, contentType, coding, close);
        CRC32 crc = new CRC32();
        crc.update(body);
        response.setStatusCode(status)
                .putHeader(CRC, Long.toString(crc.getValue()))
                .putHeader(CONTENT_LENGTH, Integer.toString(body.length));
        connection.writing(this);
        Future<Void> sent = response.end(BufferInternal.buffer(Unpooled.wrappedBuffer(body)));
        sent.onComplete(result -> {
            finish();
            connection.answered(this, close);
        });
    }

    private void headers(
            HttpServerResponse response, @Nullable String contentType, @Nullable Coding coding, boolean close) {
        response.putHeader(SERVER, SERVER).putHeader(DATE, date.now());
        if (contentType != null) {
            response.putHeader(CONTENT_TYPE, contentType);
        }
        if (coding != null) {
            response.putHeader("Content-Encoding", coding.token());
        }
        if (close) {
            response.putHeader("Connection", "close");
        } else if (request.version() == HttpVersion.HTTP_1_1 && !asksToClose()) {
            response.putHeader(CONNECTION, KEEP_ALIVE);
        }
        response.putHeader(REQUEST_ID, requestId());
        if (position != null) {
            response.putHeader(POSITION, position.get());
        }
        if (allowedOrigin != null) {
            response.putHeader("Access-Control-Allow-Origin", allowedOrigin);
            if (!allowedOrigin.equals(BrowserAccess.ANY_ORIGIN)) {
                response.putHeader("Vary", "Origin");
            }
            response.putHeader(
                    "Access-Control-Expose-Headers",
                    "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amz-crc32,Date,x-meridian-position");
        }
    }

    /** What is left of a body is not read; a server that closes has no next request. */
    private boolean mustClose() {
        return !whole || inFlight.isClosing();
    }

    private boolean asksToClose() {
        @Nullable String asked = head.header("Connection");
        return asked != null && asked.toLowerCase(java.util.Locale.ROOT).contains("close");
    }

    /** Nobody waits for an answer any more. An operation under way goes on, and ends the exchange with its answer. */
    void abandoned() {
        if (!answered) {
            answered = true;
            finish();
        }
    }

    private void finish() {
        if (!finished) {
            finished = true;
            share.giveBack();
            inFlight.end();
        }
    }

    private static String requestId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        byte[] id = new byte[ID_LENGTH];
        long bits = 0;
        for (int i = 0; i < ID_LENGTH; i++) {
            bits = i % LETTERS_A_LONG == 0 ? random.nextLong() : bits >>> 5;
            id[i] = ID_LETTERS[(int) bits & 31];
        }
        return new String(id, StandardCharsets.US_ASCII);
    }
}
