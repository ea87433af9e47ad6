package dev.meridian.simulator.report;

import java.io.StringWriter;
import java.util.List;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** A report for build servers: one test case for each objective. */
final class JunitXml {
    private JunitXml() {}

    static String of(DrillReport report) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newInstance().createXMLStreamWriter(text);
            xml.writeStartDocument("UTF-8", "1.0");
            List<DrillReport.Objective> objectives = report.objectives();
            long failures = objectives.stream()
                    .filter(objective -> !Boolean.TRUE.equals(objective.passed()))
                    .count();
            xml.writeStartElement("testsuite");
            xml.writeAttribute("name", "drill " + report.about().scenario());
            xml.writeAttribute("tests", String.valueOf(objectives.size()));
            xml.writeAttribute("failures", String.valueOf(failures));
            xml.writeAttribute("errors", "0");
            xml.writeAttribute("timestamp", report.about().started().replaceAll("(\\.\\d+)?Z$", ""));
            xml.writeAttribute("time", String.valueOf(report.about().loadSeconds()));
            for (DrillReport.Objective objective : objectives) {
                write(objective, report.about().scenario(), xml);
            }
            xml.writeEndElement();
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException inMemory) {
            throw new AssertionError(inMemory);
        }
        return text + "\n";
    }

    private static void write(DrillReport.Objective objective, String scenario, XMLStreamWriter xml)
            throws XMLStreamException {
        xml.writeStartElement("testcase");
        xml.writeAttribute("classname", "drill." + scenario);
        xml.writeAttribute("name", objective.name());
        if (!Boolean.TRUE.equals(objective.passed())) {
            xml.writeStartElement("failure");
            xml.writeAttribute("message", objective.measured() + "; asked: " + objective.asked());
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }
}
