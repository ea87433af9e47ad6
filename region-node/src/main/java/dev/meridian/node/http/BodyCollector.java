package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the body of one request, or refuses it. What is sent after a refusal is thrown away. */
final class BodyCollector {
    private final Exchange exchange;
    private final Consumer<byte[]> whole;
    private final List<Buffer> pieces = new ArrayList<>();
    private int length;

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
        request.exceptionHandler(collector::broken);
        collector.begin();
    }

    /** Of an exchange that is answered without its body. */
    static void discard(Exchange exchange) {
        exchange.request().handler(piece -> exchange.connection().progressed());
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
        exchange.connection().progressed();
        if (exchange.isAnswered() || piece.length() == 0) {
            return;
        }
        try {
            if (length + piece.length() > HttpLimits.BODY_BYTES_MAX) {
                throw ContentCoding.tooLarge();
            }
            exchange.share().body().take(piece.length());
            length += piece.length();
            pieces.add(piece);
        } catch (ApiException refused) {
            refuse(refused);
        }
    }

    /** Of a client that is gone the connection's close handler gives back what is held. */
    private void broken(Throwable cause) {
        if (cause instanceof DecoderException || cause instanceof NumberFormatException) {
            refuse(new ApiException(ErrorCode.MALFORMED_HTTP_REQUEST, "The request's body is not well-formed HTTP"));
        }
    }

    private void refuse(ApiException refused) {
        pieces.clear();
        exchange.fail(ErrorAnswer.of(refused.code(), refused.getMessage()));
    }

    private void end() {
        exchange.whole();
        if (exchange.isAnswered()) {
            exchange.connection().ended();
            return;
        }
        exchange.connection().working();
        whole.accept(pieces.size() == 1 ? bytes(pieces.get(0)) : joined());
    }

    /** Large bodies come in many pieces, which are let go as they are copied. */
    private byte[] joined() {
        byte[] all = new byte[length];
        int at = 0;
        for (int i = 0; i < pieces.size(); i++) {
            Buffer piece = pieces.set(i, Buffer.buffer(0));
            piece.getBytes(all, at);
            at += piece.length();
        }
        pieces.clear();
        return all;
    }

    /** Without a copy where they fill an array, as those of one piece do: comparison, PutItem. */
    private static byte[] bytes(Buffer all) {
        ByteBuf held = ((BufferInternal) all).getByteBuf();
        boolean filled = held.hasArray() && held.arrayOffset() == 0 && held.array().length == all.length();
        return filled ? held.array() : all.getBytes();
    }
}
