package io.github.loopthread.sample;

record Quote(String id, String text) {

}
