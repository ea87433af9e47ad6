package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Compression: gzip of requests, gzip and deflate of answers, as DynamoDB was seen to do it.
 *
 * @see <a href="https://github.com/scylladb/scylladb/blob/master/test/alternator/test_compressed_response.py">Which answers
 *     DynamoDB compresses, and how</a>
 */
final class ContentCoding {
    /** Smaller answers are not compressed. */
    static final int WORTH_BYTES = 4 << 10;

    private static final int CHUNK_BYTES = 16 << 10;

    private ContentCoding() {}

    /** How answers are compressed; the first is chosen if a client takes any. */
    enum Coding {
        GZIP,
        /** The format of zlib, which is what HTTP calls deflate. */
        DEFLATE;

        /** As headers name it. */
        String token() {
            return name().toLowerCase(Locale.ROOT);
        }

        byte[] compress(byte[] plain) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.max(64, plain.length / 4));
            try (OutputStream out =
                    this == GZIP ? new GZIPOutputStream(bytes, CHUNK_BYTES) : new DeflaterOutputStream(bytes)) {
                out.write(plain);
            } catch (IOException inMemory) {
                throw new UncheckedIOException(inMemory);
            }
            return bytes.toByteArray();
        }
    }

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

    /** How an answer is to be compressed: as the client wants it and DynamoDB chooses. @return null for not at all */
    static @Nullable Coding ofAnswer(RequestHead head, byte[] body) {
        List<String> accepted = head.headers().getAll("Accept-Encoding");
        return body.length < WORTH_BYTES || accepted.isEmpty() ? null : chosen(accepted.get(accepted.size() - 1));
    }

    /**
     * The coding of the greatest weight, of those the first that is named; what only {@code *} stands for comes last.
     *
     * @param accepted the value of the header; of several the last counts
     */
    static @Nullable Coding chosen(String accepted) {
        Map<Coding, Double> weights = new LinkedHashMap<>();
        double others = 0;
        for (String each : accepted.toLowerCase(Locale.ROOT).split(",")) {
            String[] parts = each.split(";");
            String name = parts.length == 0 ? "" : parts[0].trim();
            double weight = weight(parts);
            if (name.equals("*")) {
                others = Math.max(others, weight);
            }
            for (Coding coding : Coding.values()) {
                if (name.equals(coding.token())) {
                    weights.merge(coding, weight, Math::max);
                }
            }
        }
        for (Coding coding : Coding.values()) {
            weights.putIfAbsent(coding, others);
        }
        Coding best = null;
        double most = 0;
        for (Map.Entry<Coding, Double> each : weights.entrySet()) {
            if (each.getValue() > most) {
                best = each.getKey();
                most = each.getValue();
            }
        }
        return best;
    }

    /** The first q that is there; what is no number counts as none, and more than 1 as 1. */
    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String[] parameter = parts[i].split("=", 2);
            if (parameter.length == 2 && parameter[0].trim().equals("q")) {
                try {
                    return Math.min(1, Double.parseDouble(parameter[1].trim()));
                } catch (NumberFormatException none) {
                    return 1;
                }
            }
        }
        return 1;
    }
}
