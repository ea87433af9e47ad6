package dev.meridian.node.api;

import dev.meridian.model.ByteSink;
import dev.meridian.model.Bytes;
import dev.meridian.model.Item;
import dev.meridian.model.ItemCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * NextToken of ExecuteStatement: where a SELECT goes on. It belongs to one statement with its parameters and is of no use
 * for another.
 *
 * @param read which of the statement's queries, in their order; 0 for a scan
 * @param last the key behind which that goes on
 */
record StatementToken(int read, Item last) {
    private static final byte FORMAT = 1;

    /** What tells one statement from another; it is no secret and no signature. */
    private static final int DIGEST_BYTES = 16;

    static Bytes digest(RequestReader request) {
        String parameters = request.has("Parameters") ? request.canonical("Parameters") : "";
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((request.requiredText("Statement") + "\0" + parameters).getBytes(StandardCharsets.UTF_8));
            return Bytes.wrap(java.util.Arrays.copyOf(hash, DIGEST_BYTES));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    String text(Bytes digest) {
        byte[] bytes = new ByteSink()
                .put(FORMAT)
                .put(digest)
                .putInt(read)
                .put(ItemCodec.encode(last))
                .toArray();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** @throws ApiException if the text is no token, or one of another statement */
    static StatementToken parse(String text, Bytes digest) {
        try {
            ByteBuffer in = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            byte format = in.get();
            byte[] of = new byte[DIGEST_BYTES];
            in.get(of);
            if (format == FORMAT && Bytes.wrap(of).equals(digest)) {
                return new StatementToken(in.getInt(), ItemCodec.decode(in.slice()));
            }
        } catch (RuntimeException forged) {
            throw ApiException.validation("Given NextToken is not valid");
        }
        throw ApiException.validation("NextToken does not match request");
    }
}
