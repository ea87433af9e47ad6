package dev.meridian.node.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer: answered exactly once, with the headers that all of DynamoDB's answers have. Everything
 * here happens on the connection's event loop.
 */
final class Exchange {
    private static final String ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final int ID_LENGTH = 52;

    private final HttpServerRequest request;
    private final RequestHead head;
    private final GuardedConnection connection;
    private final InFlight inFlight;
    private final HttpDate date;
    private final BodyBudget.Share share;
    private @Nullable Supplier<String> position;
    private boolean whole;
    private boolean answered;
    private boolean finished;

    Exchange(
            HttpServerRequest request,
            GuardedConnection connection,
            InFlight inFlight,
            HttpDate date,
            BodyBudget.Share share) {
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

    BodyBudget.Share share() {
        return share;
    }

    GuardedConnection connection() {
        return connection;
    }

    /** Whatever is answered from now on tells how far its region was then. */
    void tellPosition(Supplier<String> supplier) {
        position = supplier;
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
    void json(int status, byte[] body, boolean gzip) {
        String asked = head.contentType();
        send(status, asked.equals("application/x-amz-json-1.0") ? asked : "application/json", body, gzip);
    }

    void fail(ErrorAnswer error) {
        json(error.status(), error.json(), false);
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
        headers(response, contentType, false, false);
        response.putHeader("Cache-Control", "no-store").setChunked(true);
        finish();
        return response;
    }

    boolean isServerClosing() {
        return inFlight.isClosing();
    }

    /** @param gzip whether {@code body} is compressed: the checksum is of the bytes as sent, in either case */
    void send(int status, @Nullable String contentType, byte[] body, boolean gzip) {
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
        headers(response, contentType, gzip, close);
        CRC32 crc = new CRC32();
        crc.update(body);
        response.setStatusCode(status)
                .putHeader("x-amz-crc32", Long.toString(crc.getValue()))
                .putHeader("Content-Length", Integer.toString(body.length));
        connection.writing(this);
        Future<Void> sent = response.end(Buffer.buffer(body));
        sent.onComplete(result -> {
            finish();
            connection.answered(this, close);
        });
    }

    private void headers(HttpServerResponse response, @Nullable String contentType, boolean gzip, boolean close) {
        response.putHeader("Server", "Server").putHeader("Date", date.now());
        if (contentType != null) {
            response.putHeader("Content-Type", contentType);
        }
        if (gzip) {
            response.putHeader("Content-Encoding", "gzip");
        }
        if (close) {
            response.putHeader("Connection", "close");
        } else if (request.version() == HttpVersion.HTTP_1_1 && !asksToClose()) {
            response.putHeader("Connection", "keep-alive");
        }
        response.putHeader("x-amzn-RequestId", requestId());
        if (position != null) {
            response.putHeader("x-meridian-position", position.get());
        }
        if (head.header("Origin") != null && !head.isOfPage()) {
            response.putHeader("Access-Control-Allow-Origin", "*");
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
        StringBuilder id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
        }
        return id.toString();
    }
}
