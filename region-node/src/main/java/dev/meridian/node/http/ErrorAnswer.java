package dev.meridian.node.http;

import dev.meridian.node.api.ApiException;
import dev.meridian.node.api.ErrorCode;
import dev.meridian.node.api.Reply;
import dev.meridian.node.store.DamagedValueException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An error as it goes over the wire. */
record ErrorAnswer(int status, ApiException error) {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorAnswer.class);

    static ErrorAnswer of(ErrorCode code, String message) {
        return of(new ApiException(code, message));
    }

    private static ErrorAnswer of(ApiException error) {
        return new ErrorAnswer(error.code().httpStatus(), error);
    }

    /** Of whatever was thrown. What nobody expects is a bug: logged, and told without its particulars. */
    static ErrorAnswer of(String what, Throwable thrown) {
        Throwable cause = cause(thrown);
        if (cause instanceof ApiException expected) {
            return of(expected);
        }
        if (cause instanceof DamagedValueException damaged) {
            return of(ErrorCode.INTERNAL_SERVER_ERROR, "The request needs " + damaged.getMessage());
        }
        LOG.error("{} failed", what, cause);
        return of(ErrorCode.INTERNAL_SERVER_ERROR, "The request processing has failed: a bug in Meridian");
    }

    /** The code that such an answer has. */
    static ErrorCode code(Throwable thrown) {
        return cause(thrown) instanceof ApiException expected ? expected.code() : ErrorCode.INTERNAL_SERVER_ERROR;
    }

    private static Throwable cause(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    byte[] json() {
        return Reply.now(error::writeTo).json();
    }
}
