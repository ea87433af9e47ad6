package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the body of one request, or refuses it. What is sent after a refusal is thrown away. */
final class BodyCollector {
    private final Exchange exchange;
    private final Consumer<byte[]> whole;
    private @Nullable Buffer body;

    /** Whether {@link #body} is this collector's own, and not the one piece that came. */
    private boolean gathering;

    private BodyCollector(Exchange exchange, Consumer<byte[]> whole) {
        this.exchange = exchange;
        this.whole = whole;
    }

    /** @param whole is not called if the request was refused, or the client went away */
    static void collect(Exchange exchange, Consumer<byte[]> whole) {
        BodyCollector collector = new BodyCollector(exchange, whole);
        HttpServerRequest request = exchange.request();
        request.handler(collector::piece);
        request.endHandler(end -> collector.end());
        // The connection's close handler gives back what is held.
        request.exceptionHandler(gone -> {});
        collector.begin();
    }

    /** Of an exchange that is answered without its body. */
    static void discard(Exchange exchange) {
        exchange.request().handler(piece -> {});
        exchange.request().endHandler(end -> {
            exchange.whole();
            exchange.connection().ended();
        });
    }

    private void begin() {
        RequestHead head = exchange.head();
        if (declaredLength(head.header("Content-Length")) > HttpLimits.BODY_BYTES_MAX) {
            refuse(ContentCoding.tooLarge());
            return;
        }
        @Nullable String expect = head.header("Expect");
        if (expect == null || exchange.request().version() == HttpVersion.HTTP_1_0) {
            return;
        }
        if (expect.equalsIgnoreCase("100-continue")) {
            exchange.request().response().writeContinue();
        } else {
            refuse(new ApiException(ErrorCode.EXPECTATION_FAILED, "Expect is not supported: " + expect));
        }
    }

    private static long declaredLength(@Nullable String header) {
        try {
            return header == null ? 0 : Long.parseLong(header.trim());
        } catch (NumberFormatException tooManyDigits) {
            return Long.MAX_VALUE;
        }
    }

    private void piece(Buffer piece) {
        if (exchange.isAnswered() || piece.length() == 0) {
            return;
        }
        exchange.connection().progressed();
        try {
            Buffer before = body;
            if ((before == null ? 0 : before.length()) + piece.length() > HttpLimits.BODY_BYTES_MAX) {
                throw ContentCoding.tooLarge();
            }
            exchange.share().take(piece.length());
            // Most bodies are one piece, which is not copied here.
            body = before == null ? piece : gather(before).appendBuffer(piece);
        } catch (ApiException refused) {
            refuse(refused);
        }
    }

    /** What came as one piece, or as several before, in a buffer that is this collector's own. */
    private Buffer gather(Buffer before) {
        if (gathering) {
            return before;
        }
        gathering = true;
        return Buffer.buffer(2 * before.length()).appendBuffer(before);
    }

    private void refuse(ApiException refused) {
        body = null;
        exchange.fail(ErrorAnswer.of(refused.code(), refused.getMessage()));
    }

    private void end() {
        exchange.whole();
        if (exchange.isAnswered()) {
            exchange.connection().ended();
            return;
        }
        exchange.connection().working();
        Buffer all = body;
        body = null;
        whole.accept(all == null ? new byte[0] : bytes(all));
    }

    /** Without a copy where they fill an array, as those of one piece do: comparison, PutItem. */
    private static byte[] bytes(Buffer all) {
        ByteBuf held = ((BufferInternal) all).getByteBuf();
        boolean filled = held.hasArray() && held.arrayOffset() == 0 && held.array().length == all.length();
        return filled ? held.array() : all.getBytes();
    }
}
