package io.github.loopthread.sample;

import java.net.URI;

import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Settings of the sample.
 *
 * @param upstreamPort port of the services behind the shop
 * @param sourceUrl the web page whose source text is shown
 */
@ConfigurationProperties("sample")
record SampleProperties(int upstreamPort, URI sourceUrl) {

}
