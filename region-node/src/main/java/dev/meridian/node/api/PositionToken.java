package dev.meridian.node.api;

import dev.meridian.model.ByteSink;
import dev.meridian.model.VersionVector;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Base64;

/** A position as text for a header: the format number and the vector, in base64 for URLs. Opaque to clients. */
public final class PositionToken {
    private static final byte FORMAT = 1;

    /** Far more regions than anybody has. */
    private static final int LENGTH_MAX = 4096;

    private PositionToken() {}

    public static String encode(VersionVector position) {
        ByteSink out = new ByteSink(128);
        out.put(FORMAT);
        position.encode(out);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(out.toArray());
    }

    /** @throws ApiException if this is no token */
    public static VersionVector decode(String token) {
        try {
            if (token.length() > LENGTH_MAX) {
                throw new IllegalArgumentException("longer than " + LENGTH_MAX);
            }
            ByteBuffer in = ByteBuffer.wrap(Base64.getUrlDecoder().decode(token));
            byte format = in.get();
            if (format != FORMAT) {
                throw new IllegalArgumentException("format " + format);
            }
            VersionVector position = VersionVector.decode(in);
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("too long");
            }
            return position;
        } catch (IllegalArgumentException | BufferUnderflowException | IndexOutOfBoundsException malformed) {
            throw ApiException.validation("The value of x-meridian-after is not a position that Meridian gave out");
        }
    }
}
