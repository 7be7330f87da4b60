#!/usr/bin/perl
# An agent of another version, as far as a client sees it: it starts as ours, greets, and ends when asked to.
# The line below __END__ is its greeting.
use strict;
use warnings;
use IO::Socket::UNIX;
use POSIX qw(setsid);

my ($name) = "@ARGV" =~ /--socket \@(\S+)/ or die "no --socket\n";
my $token    = <STDIN>;
my $greeting = <DATA>;
my $listener = IO::Socket::UNIX->new(Local => "\0$name", Listen => 8) or die "bind: $!\n";
pipe(my $begun, my $begin) or die "pipe: $!\n";
my $pid = fork // die "fork: $!\n";
if ($pid) {
    close($begin);
    <$begun>;    # until the child is a daemon: adbd ends what is left in its own process group
    exit 0;
}
setsid();
$| = 1;
print qq({"type":"listening","socket":"\@$name","pid":$$,"version":"0.0.7"}\n);
open(STDIN, '<', '/dev/null');
open(STDOUT, '>', '/dev/null');
open(STDERR, '>', '/dev/null');
close($begin);
alarm 60;
$greeting =~ s/"pid":\d+/"pid":$$/;
while (my $client = $listener->accept) {
    next unless <$client>;
    print $client $greeting;
    $client->flush;
    while (my $line = <$client>) {
        exit 0 if $line =~ /"shutdown"/;
    }
}
__END__
