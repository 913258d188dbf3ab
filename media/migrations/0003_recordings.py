import config.lib.public_id
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('media', '0002_listening_receipts_and_mutes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('room_key', models.CharField(max_length=32, verbose_name='room')),
                ('state', models.CharField(choices=[('recording', 'recording'), ('stopped', 'stopped'), ('mixing', 'being prepared'), ('ready', 'ready'), ('failed', 'failed')], default='recording', max_length=10, verbose_name='state')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='started')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped')),
                ('trouble', models.BooleanField(default=False, verbose_name='in trouble')),
                ('stop_pending', models.BooleanField(default=False)),
                ('progress', models.PositiveSmallIntegerField(default=0, verbose_name='progress in percent')),
                ('error', models.CharField(blank=True, max_length=64, verbose_name='what went wrong')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('claim', models.CharField(blank=True, max_length=14)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('file', models.CharField(blank=True, max_length=100, verbose_name='file')),
                ('duration_ms', models.PositiveBigIntegerField(default=0, verbose_name='duration in milliseconds')),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='size in bytes')),
                ('heard', models.JSONField(blank=True, default=list, verbose_name='heard')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='started by')),
            ],
            options={
                'verbose_name': 'recording',
                'verbose_name_plural': 'recordings',
                'indexes': [models.Index(fields=['room_key', 'started_at'], name='media_recording_room'), models.Index(condition=models.Q(('state__in', ['ready', 'failed']), _negated=True), fields=['state'], name='media_recording_to_do')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['recording', 'stopped', 'mixing', 'ready', 'failed'])), name='media_recording_state_known'), models.UniqueConstraint(condition=models.Q(('state', 'recording')), fields=('room_key',), name='media_recording_one_open_per_room'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'recording'), ('stopped_at', None)), models.Q(models.Q(('state', 'recording'), _negated=True), ('stopped_at__isnull', False)), _connector='OR'), name='media_recording_stopped_has_time'), models.CheckConstraint(condition=models.Q(('stopped_at', None), ('stopped_at__gte', models.F('started_at')), _connector='OR'), name='media_recording_stops_after_start'), models.CheckConstraint(condition=models.Q(('progress__lte', 100)), name='media_recording_progress_is_percent'), models.CheckConstraint(condition=models.Q(models.Q(('claimed_until__isnull', False), ('state', 'mixing'), models.Q(('claim', ''), _negated=True)), models.Q(models.Q(('state', 'mixing'), _negated=True), ('claim', ''), ('claimed_until', None)), _connector='OR'), name='media_recording_claimed_while_mixing'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ready'), models.Q(('file', ''), _negated=True)), models.Q(models.Q(('state', 'ready'), _negated=True), ('file', '')), _connector='OR'), name='media_recording_ready_has_file'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), models.Q(('error', ''), _negated=True)), models.Q(models.Q(('state', 'failed'), _negated=True), ('error', '')), _connector='OR'), name='media_recording_failed_has_error'), models.CheckConstraint(condition=models.Q(('stop_pending', False), models.Q(('state', 'recording'), _negated=True), _connector='OR'), name='media_recording_pending_after_stop')],
            },
        ),
        migrations.CreateModel(
            name='RecordingConsent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agreed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='agreed at')),
                ('words', models.CharField(max_length=16, verbose_name='words')),
                ('recording', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='media.recording')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'consent to a recording',
                'verbose_name_plural': 'consents to recordings',
                'constraints': [models.UniqueConstraint(fields=('recording', 'user'), name='media_recordingconsent_once'), models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='media_recordingconsent_names_words')],
            },
        ),
    ]
