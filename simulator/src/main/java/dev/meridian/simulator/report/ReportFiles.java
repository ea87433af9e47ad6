package dev.meridian.simulator.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.meridian.node.cli.CommandFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reports as files. */
public final class ReportFiles {
    public static final String HTML = "report.html";
    public static final String JSON = "report.json";
    public static final String JUNIT = "junit.xml";

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ReportFiles() {}

    /** @param baseline an earlier report, to show what differs */
    public static void write(DrillReport report, @Nullable DrillReport baseline, Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(JSON), MAPPER.writeValueAsString(report) + "\n");
        Files.writeString(folder.resolve(HTML), new HtmlReport(report, baseline).html());
        Files.writeString(folder.resolve(JUNIT), JunitXml.of(report));
    }

    /** @throws CommandFailedException if there is none, or it is none */
    public static DrillReport read(Path file) {
        DrillReport report = read(file, DrillReport.class);
        if (report.format() != DrillReport.FORMAT) {
            throw new CommandFailedException(file + " is of format " + report.format() + ", not " + DrillReport.FORMAT);
        }
        return report;
    }

    /** From what {@code meridian simulate --json} prints: its member {@code prediction}. */
    public static Prediction readPrediction(Path file) {
        Predicting simulated = read(file, Predicting.class);
        Prediction prediction = simulated.prediction();
        if (prediction == null) {
            throw new CommandFailedException(file + " holds no prediction");
        }
        return prediction;
    }

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Predicting(@Nullable Prediction prediction) {}

    private static <T> T read(Path file, Class<T> type) {
        try {
            return MAPPER.readValue(file.toFile(), type);
        } catch (JacksonException wrong) {
            throw new CommandFailedException(file + " is no such file: "
                    + String.valueOf(wrong.getOriginalMessage())
                            .lines()
                            .findFirst()
                            .orElse(""));
        } catch (IOException missing) {
            throw new CommandFailedException(file + " cannot be read: " + missing.getMessage());
        }
    }
}
