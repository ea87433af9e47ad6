package dev.meridian.simulator.cli;

import dev.meridian.node.cli.CommandFailedException;
import dev.meridian.node.cli.client.TextTable;
import dev.meridian.simulator.scenario.Scenario;
import dev.meridian.simulator.scenario.ScenarioException;
import dev.meridian.simulator.scenario.Scenarios;
import dev.meridian.simulator.scenario.Text;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code meridian scenarios}: the library. */
@Command(
        name = "scenarios",
        description = "List the library of scenarios, and show one.",
        footerHeading = "%n",
        footer = "A file of your own takes the place of a name wherever a scenario is asked for.")
final class ScenariosCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "DURATION", "REGIONS", "TEACHES"));
        for (String name : Scenarios.names()) {
            Scenario scenario = Scenarios.load(name);
            rows.add(List.of(
                    name,
                    Text.of(scenario.duration()),
                    Integer.toString(scenario.regions().size()),
                    firstSentence(scenario.description())));
        }
        TextTable.print(rows, out);
        return 0;
    }

    private static String firstSentence(String description) {
        int end = description.indexOf(". ");
        return end < 0 ? description : description.substring(0, end + 1);
    }

    @Command(name = "show", description = "Print a scenario of the library: a start for one of your own.")
    int show(@Parameters(paramLabel = "NAME", description = "As 'meridian scenarios' lists it.") String name) {
        try {
            spec.commandLine().getOut().print(Scenarios.source(name));
            spec.commandLine().getOut().flush();
            return 0;
        } catch (ScenarioException wrong) {
            throw new CommandFailedException(String.valueOf(wrong.getMessage()));
        }
    }
}
