package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** gzip, of requests and of answers. */
final class ContentCoding {
    /** Below it, what is saved does not pay for the work. */
    static final int WORTH_BYTES = 1 << 10;

    private static final int CHUNK_BYTES = 16 << 10;

    private ContentCoding() {}

    static boolean isEncoded(RequestHead head) {
        @Nullable String coding = head.header("Content-Encoding");
        return coding != null && !coding.isBlank() && !coding.trim().equalsIgnoreCase("identity");
    }

    /** @throws ApiException if it cannot be decompressed, or is too large when it is */
    static byte[] decode(RequestHead head, byte[] body, BodyBudget.Share share) {
        if (!isEncoded(head)) {
            return body;
        }
        String coding = String.valueOf(head.header("Content-Encoding")).trim().toLowerCase(Locale.ROOT);
        if (!coding.equals("gzip") && !coding.equals("x-gzip")) {
            throw new ApiException(ErrorCode.MALFORMED_HTTP_REQUEST, "Content-Encoding is not supported: " + coding);
        }
        return gunzip(body, share);
    }

    private static byte[] gunzip(byte[] body, BodyBudget.Share share) {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK_BYTES];
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body), CHUNK_BYTES)) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                if (plain.size() + count > HttpLimits.BODY_BYTES_MAX) {
                    throw tooLarge();
                }
                share.take(count);
                plain.write(chunk, 0, count);
            }
        } catch (IOException broken) {
            throw new ApiException(
                    ErrorCode.MALFORMED_HTTP_REQUEST,
                    "The body cannot be decompressed as its Content-Encoding says: " + broken.getMessage());
        }
        return plain.toByteArray();
    }

    static ApiException tooLarge() {
        return new ApiException(
                ErrorCode.REQUEST_ENTITY_TOO_LARGE,
                "The request is larger than " + HttpLimits.BODY_BYTES_MAX + " bytes");
    }

    /** Whether the client takes gzip and the body is worth it. */
    static boolean pays(RequestHead head, byte[] body) {
        return body.length >= WORTH_BYTES && accepts(head.header("Accept-Encoding"));
    }

    private static boolean accepts(@Nullable String header) {
        if (header == null) {
            return false;
        }
        boolean any = false;
        for (String each : header.toLowerCase(Locale.ROOT).split(",")) {
            String[] parts = each.split(";", 2);
            String coding = parts[0].trim();
            boolean wanted = parts.length == 1 || !parts[1].replace(" ", "").matches("q=0(\\.0*)?");
            if (coding.equals("gzip") || coding.equals("x-gzip")) {
                return wanted;
            }
            any |= coding.equals("*") && wanted;
        }
        return any;
    }

    static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.max(64, plain.length / 4));
        try (GZIPOutputStream out = new GZIPOutputStream(bytes, CHUNK_BYTES)) {
            out.write(plain);
        } catch (IOException inMemory) {
            throw new UncheckedIOException(inMemory);
        }
        return bytes.toByteArray();
    }
}
